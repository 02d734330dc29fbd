/** Types of what the dashboard uses of Preact, which `htm/preact/standalone` contains but does not declare. */
declare module 'htm/preact/standalone' {
  /** What a view returns: an element or a component, not yet drawn. */
  export interface VNode {
    readonly type: string | ((props: object) => Child) | (new (props: object) => Component<object>)
    readonly props: Readonly<Record<string, unknown>> & { readonly children?: Child }
  }
  export type Child = VNode | string | number | boolean | null | undefined | readonly Child[]

  /** A template with one root gives that root, with several an array. */
  export function html(strings: TemplateStringsArray, ...values: unknown[]): VNode
  export function render(node: Child, parent: Element): void

  export abstract class Component<Props> {
    readonly props: Props
    readonly base: Element
    constructor(props: Props)
    forceUpdate(): void
    componentDidMount?(): void
    componentDidUpdate?(before: Props): void
    componentWillUnmount?(): void
    shouldComponentUpdate?(next: Props): boolean
    abstract render(props: Props): Child
  }

  export function useEffect(effect: () => undefined | (() => void), inputs: readonly unknown[]): void
  export function useRef<Value>(initial: Value): { current: Value }
  export function useState<Value>(initial: Value): [Value, (next: Value) => void]
}
