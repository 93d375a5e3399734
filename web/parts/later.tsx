import { type ComponentType, type FunctionComponent, lazy, useState } from 'react'

export interface Later<P> extends FunctionComponent<P> {
  /** Brings its code while nobody waits for it. */
  fetch(): Promise<void>
}

/**
 * A part of the screens whose code comes when it is wanted. Where that is here already it is drawn at once: a lazy
 * part of React's own first shows what stands in its place, and then keeps that for 300 ms.
 */
export function later<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): Later<P> {
  let here: ComponentType<P> | undefined
  const brought = async () => {
    const part = await load()
    here = part.default
    return part
  }
  const Waiting = lazy(brought) as unknown as ComponentType<P>
  const Part = (props: P) => {
    // Chosen once: another kind of part in its place would begin anew.
    const [It] = useState<ComponentType<P>>(() => here ?? Waiting)
    return <It {...props} />
  }
  return Object.assign(Part, { fetch: () => brought().then(() => undefined) })
}
