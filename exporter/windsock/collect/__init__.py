"""Collection: collectors read, pure functions turn what they read into figures and facts."""
