"""Task instances, pools, queues and triggers."""
