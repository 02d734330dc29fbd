/** Types of the decorators: each fits standard decorators and `experimentalDecorators`. */

type Method = (...args: never) => unknown

/** Decorates a method that is not static. */
export interface MethodEntrypointDecorator {
  /** As a standard decorator. */
  (method: Method, context: ClassMethodDecoratorContext & { readonly static: false; readonly private: false }): void
  /** Under `experimentalDecorators`. */
  <Decorated extends Method>(prototype: object, method: string, descriptor: TypedPropertyDescriptor<Decorated>): void
}

/** Decorates a class that can be constructed. */
export type ServiceDecorator = (service: new (...args: never) => object, context?: ClassDecoratorContext) => void

/** Decorates a property; under `experimentalDecorators` also a parameter of the constructor. */
export interface InjectDecorator {
  /** As a standard decorator. */
  (value: undefined, context: ClassFieldDecoratorContext & { readonly static: false; readonly private: false }): void
  /** On a property, under `experimentalDecorators`. */
  (prototype: object, property: string, descriptor?: undefined): void
  /** On a parameter of the constructor, under `experimentalDecorators`. */
  (service: new (...args: never) => object, property: undefined, parameter: number): void
}
