// What a generated dashboard must be: the types that Grafana publishes, as JSON has them, without their loose ends.
// `@grafana/schema` is the one of the Grafana that the test names (`paths` of its tsconfig.json).
import type * as grafana from '@grafana/schema';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** JSON has no enums: their values as text. */
type Json<T> = T extends string ? `${T}`
  : T extends readonly (infer Item)[] ? Json<Item>[]
  : T extends object ? { [Key in keyof T]: Json<T[Key]> }
  : T;

/** The same where Grafana fills in what is left out, at every depth. */
type Part<T> = T extends string ? `${T}`
  : T extends readonly (infer Item)[] ? Part<Item>[]
  : T extends object ? { [Key in keyof T]?: Part<T[Key]> }
  : T;

type Source = { type: 'prometheus'; uid: '${datasource}' };
type DataLink = Pick<grafana.DashboardLink, 'title' | 'targetBlank'> & { url: string };
type Field = Json<Omit<grafana.FieldConfig, 'custom' | 'links'>> & { links?: DataLink[] };

/** Grafana declares any id with any value here: the ids are those of the settings that they override. */
type Override<Custom> = {
  matcher: { id: 'byName' | 'byRegexp'; options: string };
  properties: (
    | { [Key in keyof Field]-?: { id: Key; value: NonNullable<Field[Key]> } }[keyof Field]
    | { [Key in keyof Custom & string]-?: { id: `custom.${Key}`; value: NonNullable<Custom[Key]> } }[keyof Custom & string]
  )[];
};

/** Grafana keeps the type of this one in the data source. */
type Target = {
  datasource: Source;
  refId: string;
  expr: string;
  legendFormat: string;
  format: 'table' | 'time_series';
  instant: boolean;
};

type Panel<Type extends string, Options, Custom> =
  & Json<Omit<grafana.Panel, 'type' | 'datasource' | 'links' | 'options' | 'fieldConfig' | 'targets' | 'transformations'>>
  & {
    type: Type;
    datasource: Source;
    links?: DataLink[];
    options: Part<Options>;
    fieldConfig: { defaults: Field & { custom?: Part<Custom> }; overrides: Override<Part<Custom>>[] };
    targets: Target[];
    transformations?: Json<grafana.DataTransformerConfig<object>>[];
  };

type AnyPanel =
  | Panel<'stat', stat.Options, {}>
  | Panel<'bargauge', bargauge.Options, {}>
  | Panel<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | Panel<'state-timeline', timeline.Options, timeline.FieldConfig>
  | Panel<'table', table.Options, table.FieldConfig>;

type Row = Json<Omit<grafana.RowPanel, 'panels' | 'datasource'>> & { panels: AnyPanel[] };

/** The query of a mark is the data source's, as that of a panel. */
type Mark = Json<Omit<grafana.AnnotationQuery, 'datasource'>> & {
  datasource: Source;
  expr: string;
  step: string;
  titleFormat: string;
  textFormat: string;
  useValueForTime: boolean;
};

type Variable = Json<Omit<grafana.VariableModel, 'datasource' | 'current'>> & {
  datasource?: Source;
  current: Partial<Json<grafana.VariableOption>>;
};

export type Board = Json<Omit<grafana.Dashboard, 'panels' | 'annotations' | 'templating'>> & {
  panels: (AnyPanel | Row)[];
  annotations: { list: Mark[] };
  templating: { list: Variable[] };
};
