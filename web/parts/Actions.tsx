import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { fits, isCharacter } from './chord.js'

/** Something the person can do here: found in the palette, and by its key when it has one. */
export interface Action {
  id: string
  label: string
  /** Heading it stands under in the palette and on the sheet. */
  group: string
  /** `A`, `Ctrl+Enter`, `g r`; see chord.ts. */
  keys?: string
  run: () => void
  /** Only a key (moving in a list): on the sheet, not in the palette. */
  keyOnly?: boolean
}

interface Registry {
  set(owner: string, actions: Action[] | null): void
  openPalette(): void
  openSheet(): void
}

const Context = createContext<Registry>({
  set: () => undefined,
  openPalette: () => undefined,
  openSheet: () => undefined,
})

const CommandPalette = lazy(() => import('./CommandPalette.js'))
const ShortcutSheet = lazy(() => import('./ShortcutSheet.js'))

const kept = 'relais.characterKeys'
const sequenceMs = 1_000

/** Single letters as shortcuts disturb people who dictate to their machine: they can be switched off, and stay off. */
export const characterKeys = {
  on: () => localStorage.getItem(kept) !== 'off',
  set: (on: boolean) => (on ? localStorage.removeItem(kept) : localStorage.setItem(kept, 'off')),
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

export function ActionsProvider({ children }: { children: ReactNode }) {
  const owners = useRef(new Map<string, Action[]>())
  const before = useRef<{ key: string; at: number }>({ key: '', at: 0 })
  const [open, setOpen] = useState<'palette' | 'sheet' | null>(null)

  const all = () => [...owners.current.values()].flat()

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      if (fits('Ctrl+K', event)) {
        event.preventDefault()
        setOpen('palette')
        return
      }
      if (document.querySelector('[data-modal]')) return
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey
      if (typing(event.target) && plain) return
      if (event.target instanceof HTMLElement && event.target.closest('[role=menu],[role=listbox]') && plain)
        return
      if (event.key === '?' && characterKeys.on()) {
        event.preventDefault()
        setOpen('sheet')
        return
      }
      const first = event.timeStamp - before.current.at < sequenceMs ? before.current.key : ''
      before.current = { key: event.key.toLowerCase(), at: event.timeStamp }
      // The deepest part of the page registered last and wins.
      const found = all()
        .reverse()
        .find(action => {
          if (!action.keys || (isCharacter(action.keys) && !characterKeys.on())) return false
          const [one = '', two] = action.keys.split(' ')
          return two === undefined ? fits(one, event) : first === one.toLowerCase() && fits(two, event)
        })
      if (!found) return
      // A focused button or link answers Enter itself.
      if (
        event.key === 'Enter' &&
        plain &&
        event.target instanceof HTMLElement &&
        event.target.closest('a,button')
      )
        return
      event.preventDefault()
      found.run()
    }
    // A button takes every Enter for a press of it, whatever is held with it: what is held is for the page first.
    const onHeld = (event: KeyboardEvent) => {
      if (!event.ctrlKey && !event.metaKey) return
      if (!(event.target instanceof HTMLElement && event.target.closest('button'))) return
      onKey(event)
      if (event.defaultPrevented) event.stopPropagation()
    }
    addEventListener('keydown', onHeld, true)
    addEventListener('keydown', onKey)
    return () => {
      removeEventListener('keydown', onHeld, true)
      removeEventListener('keydown', onKey)
    }
  })

  const registry = useMemo<Registry>(
    () => ({
      set: (owner, actions) => {
        if (actions) owners.current.set(owner, actions)
        else owners.current.delete(owner)
      },
      openPalette: () => setOpen('palette'),
      openSheet: () => setOpen('sheet'),
    }),
    [],
  )

  return (
    <Context.Provider value={registry}>
      {children}
      <Suspense fallback={null}>
        {open === 'palette' ? <CommandPalette actions={all()} onClose={() => setOpen(null)} /> : null}
        {open === 'sheet' ? <ShortcutSheet actions={all()} onClose={() => setOpen(null)} /> : null}
      </Suspense>
    </Context.Provider>
  )
}

/** Offers these actions while the component is on the page; null entries (not possible now) are left out. */
export function useActions(actions: (Action | null | false | undefined)[]): void {
  const registry = useContext(Context)
  const owner = useId()
  // Together with what is shown: whoever sees a key beside a button may press it in the same moment.
  useLayoutEffect(() => {
    registry.set(
      owner,
      actions.filter(action => !!action),
    )
  })
  useLayoutEffect(() => () => registry.set(owner, null), [registry, owner])
}

export function usePalette(): { openPalette: () => void; openSheet: () => void } {
  return useContext(Context)
}
