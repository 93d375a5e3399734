import { useLayoutEffect } from 'react'

/**
 * A class on the element everything stands in, while the component that asks is on the screen. A style sheet that looked
 * for it from there (`:has`) would be asked again at every change below it: at each row that a list draws.
 */
export function useOnRoot(name: string | undefined): void {
  useLayoutEffect(() => {
    const root = document.getElementById('root')
    if (!root || !name) return
    root.classList.add(name)
    return () => root.classList.remove(name)
  }, [name])
}
