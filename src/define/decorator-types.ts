/** What the decorators are to the type checker: each fits standard decorators and `experimentalDecorators` alike. */

type Method = (...args: never) => unknown

/** On an instance method. */
export interface MethodEntrypointDecorator {
  /** As a standard decorator. */
  (method: Method, context: ClassMethodDecoratorContext & { readonly static: false; readonly private: false }): void
  /** Under `experimentalDecorators`. */
  <Decorated extends Method>(prototype: object, method: string, descriptor: TypedPropertyDescriptor<Decorated>): void
}

/** On a class that can be constructed. */
export type ServiceDecorator = (service: new (...args: never) => object, context?: ClassDecoratorContext) => void

/** On a property; under `experimentalDecorators` also on a parameter of the constructor. */
export interface InjectDecorator {
  /** As a standard decorator. */
  (value: undefined, context: ClassFieldDecoratorContext & { readonly static: false; readonly private: false }): void
  /** On a property, under `experimentalDecorators`. */
  (prototype: object, property: string, descriptor?: undefined): void
  /** On a parameter of the constructor, under `experimentalDecorators`. */
  (service: new (...args: never) => object, property: undefined, parameter: number): void
}
