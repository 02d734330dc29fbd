/** The queries of the Grafana dashboard. */
import { readDeploy } from './deploy-file.js'

interface Panel {
  readonly title: string
  readonly type: string
  readonly description?: string
  readonly targets?: readonly { readonly expr: string }[]
}

export interface Dashboard {
  readonly title: string
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] }
}

export const dashboard: Dashboard = JSON.parse(readDeploy('grafana/escapement.json'))

/** What Grafana sends to Prometheus when everything is selected. */
export function asSent(expression: string): string {
  return expression.replaceAll('$__rate_interval', '1m').replace(/"\$(instance|service|method)"/g, '".*"')
}

export interface DashboardQuery {
  readonly where: string
  readonly expr: string
}

/** All queries of panels and annotations, as they are written. */
export const dashboardQueries: readonly DashboardQuery[] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
  ...dashboard.annotations.list.map(({ name, expr }) => ({ where: name, expr })),
]
