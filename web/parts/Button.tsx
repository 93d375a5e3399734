import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components'
import { Link } from 'wouter'
import styles from './Button.module.css'
import { Kbd } from './Kbd.js'

export type ButtonLook = 'plain' | 'go' | 'quiet' | 'grave'

interface Look {
  /** `go`: the one thing to do here. `grave`: refuses, cancels, destroys. `quiet`: at the side. */
  look?: ButtonLook
  size?: 'm' | 's' | 'l'
  icon?: ReactNode
  /** The key that does the same, e.g. A or Ctrl+Enter. */
  keys?: string | undefined
  children?: ReactNode
}

export interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'style'>, Look {
  /** Under way: the button keeps its place and its words, and cannot be pressed twice. */
  busy?: boolean
}

const classOf = (look: ButtonLook, size: string, iconOnly: boolean) =>
  [styles.button, styles[look], styles[size], iconOnly ? styles.square : ''].join(' ')

export function Button({
  look = 'plain',
  size = 'm',
  icon,
  keys,
  busy = false,
  children,
  onPress,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      type={busy ? 'button' : type}
      {...(onPress && !busy ? { onPress } : {})}
      {...(busy ? { 'data-busy': '' } : {})}
      className={classOf(look, size, children === undefined)}
    >
      {icon}
      {children}
      {keys ? <Kbd keys={keys} /> : null}
    </AriaButton>
  )
}

/**
 * The same in a row of a list, as the browser's own button: rows come into sight by the dozen while a list is scrolled,
 * and what a button elsewhere knows of touches and pointers costs more than the rest of the row. A press of it is none of
 * the row. Another row may take its place: a press begun on the one is none of the other, and what has the focus loses it.
 */
export function RowButton({
  of,
  look = 'plain',
  keys,
  busy,
  label,
  tabbed,
  onPress,
  children,
}: {
  /** The row it belongs to now. */
  of: string
  look?: ButtonLook
  keys?: string
  busy: boolean
  /** Names it among those of other rows. */
  label: string
  /** Reached by Tab. */
  tabbed: boolean
  onPress: () => void
  children: ReactNode
}) {
  const button = useRef<HTMLButtonElement>(null)
  const begunOn = useRef<string>(undefined)
  useLayoutEffect(() => {
    if (document.activeElement === button.current) button.current?.blur()
  }, [of])
  return (
    <button
      ref={button}
      type="button"
      className={classOf(look, 'm', false)}
      aria-label={label}
      tabIndex={tabbed ? 0 : -1}
      {...(busy ? { 'data-busy': '' } : {})}
      onPointerDown={() => {
        begunOn.current = of
      }}
      onClick={event => {
        event.stopPropagation()
        // No pointer went down before the click of a key or of a screen reader: it has no detail.
        const isOfThisRow = event.detail === 0 || begunOn.current === of
        if (isOfThisRow && !busy) onPress()
      }}
      onDoubleClick={event => event.stopPropagation()}
    >
      {children}
      {keys ? <Kbd keys={keys} /> : null}
    </button>
  )
}

/** Goes somewhere, looks like a button. */
export function ButtonLink({
  href,
  look = 'plain',
  size = 'm',
  icon,
  keys,
  children,
  newTab,
  ...rest
}: Look & { href: string; newTab?: boolean; 'aria-label'?: string }) {
  const inside = (
    <>
      {icon}
      {children}
      {keys ? <Kbd keys={keys} /> : null}
    </>
  )
  const className = classOf(look, size, children === undefined)
  if (newTab) {
    return (
      <a {...rest} href={href} target="_blank" rel="noopener" className={className}>
        {inside}
      </a>
    )
  }
  return (
    <Link {...rest} href={href} className={className}>
      {inside}
    </Link>
  )
}
