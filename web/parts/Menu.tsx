import type { ReactNode } from 'react'
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import styles from './Menu.module.css'

export interface MenuEntry {
  id: string
  label: string
  run: () => void
  grave?: boolean
  disabled?: boolean
}

/** A button (the child) and the entries it opens. */
export function Menu({
  label,
  entries,
  children,
}: {
  label: string
  entries: MenuEntry[]
  children: ReactNode
}) {
  return (
    <MenuTrigger>
      {children}
      <Popover className={styles.popover ?? ''} placement="bottom end" offset={4}>
        <AriaMenu
          aria-label={label}
          items={entries}
          className={styles.menu ?? ''}
          disabledKeys={entries.filter(entry => entry.disabled).map(entry => entry.id)}
          onAction={id => entries.find(entry => entry.id === id)?.run()}
        >
          {entry => (
            <MenuItem id={entry.id} className={`${styles.item} ${entry.grave ? styles.grave : ''}`}>
              {entry.label}
            </MenuItem>
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  )
}
