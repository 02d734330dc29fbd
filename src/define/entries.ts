/** What decorators say, unchecked: as it is kept until the class is described. */
export type ServiceClass = new (...args: never) => object

export interface TimerEntry {
  readonly kind: 'timer'
  readonly method: string
  readonly interval: unknown
  readonly options: unknown
}

export interface CronEntry {
  readonly kind: 'cron'
  readonly method: string
  readonly expression: unknown
  readonly options: unknown
}

export interface RpcEntry {
  readonly kind: 'rpc'
  readonly method: string
}

/** What one entrypoint decorator said. */
export type EntrypointEntry = TimerEntry | CronEntry | RpcEntry

/** What goes into a property of the instance once it exists. */
export interface PropertyInjection {
  readonly property: string
  readonly token: unknown
  readonly args: readonly unknown[]
}

/** What goes into the constructor; `parameter` counts from 0. */
export interface ParameterInjection {
  readonly parameter: number
  /** It was not asked for by `@inject`: the parameter's type says so. */
  readonly isByType?: boolean
  readonly token: unknown
  readonly args: readonly unknown[]
}

export type Injection = PropertyInjection | ParameterInjection

/** The name under which a test replaces what is injected: the property, or the position of a constructor parameter. */
export function injectionName(injection: Injection): string {
  return 'property' in injection ? injection.property : String(injection.parameter)
}
