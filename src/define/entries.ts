/** The unchecked arguments of decorators, as they are stored until the class is described. */
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

/** The name in the options of a timer, unchecked: it tells the timers of one method apart. */
export function nameOf({ options }: TimerEntry | CronEntry): unknown {
  return typeof options === 'object' && options !== null ? (options as { readonly name?: unknown }).name : undefined
}

/** The id of a timer without its service: `method`, or `method#name`. */
export function timerKey(method: string, name: unknown): string {
  return name === undefined ? method : `${method}#${String(name)}`
}

export interface RpcEntry {
  readonly kind: 'rpc'
  readonly method: string
}

/** The arguments of one entrypoint decorator. */
export type EntrypointEntry = TimerEntry | CronEntry | RpcEntry

/** An injection into a property of the service object, after its construction. */
export interface PropertyInjection {
  readonly property: string
  readonly token: unknown
  readonly args: readonly unknown[]
}

/** An injection into the constructor; `parameter` counts from 0. */
export interface ParameterInjection {
  readonly parameter: number
  /** True when the parameter has no `@inject` and its type names the provider. */
  readonly isByType?: boolean
  readonly token: unknown
  readonly args: readonly unknown[]
}

export type Injection = PropertyInjection | ParameterInjection

/** The key under which a test replaces an injected value: the property, or the position of the constructor parameter. */
export function injectionName(injection: Injection): string {
  return 'property' in injection ? injection.property : String(injection.parameter)
}
