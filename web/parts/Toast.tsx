import { X } from 'lucide-react'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'
import { useWords } from '../words/words.js'
import { Button } from './Button.js'
import { type Trouble, useTroubleWords } from './ErrorBox.js'
import { useOnRoot } from './on-root.js'
import styles from './Toast.module.css'

export interface Toast {
  text: string
  /** Second line. */
  detail?: string
  tone?: 'plain' | 'ok' | 'late' | 'accent'
  action?: { label: string; run: () => void }
  /** It waits for the person, as failures do. */
  stays?: boolean
}

interface Toasts {
  /** Gives the way to take it back, once what it said is over. */
  say(toast: Toast): () => void
  /** A failure in plain words. */
  trouble(trouble: Trouble): void
}

const ToastContext = createContext<Toasts>({ say: () => () => undefined, trouble: () => undefined })

/** Failures stay until they are closed; the rest leaves after a while, not while the pointer is on it. */
const staysMs = 7_000

export function ToastProvider({ children }: { children: ReactNode }) {
  const t = useWords()
  const words = useTroubleWords()
  const next = useRef(1)
  const [shown, setShown] = useState<(Toast & { id: number })[]>([])
  const held = useRef(false)

  const remove = useCallback((id: number) => setShown(all => all.filter(toast => toast.id !== id)), [])
  const say = useCallback(
    (toast: Toast) => {
      const id = next.current++
      setShown(all => [...all.slice(-3), { ...toast, id }])
      const takeBack = () => remove(id)
      if (toast.tone === 'late' || toast.stays) return takeBack
      const leave = () => (held.current ? setTimeout(leave, 1_000) : remove(id))
      setTimeout(leave, staysMs)
      return takeBack
    },
    [remove],
  )
  const value = useMemo<Toasts>(
    () => ({
      say,
      trouble: trouble => {
        say({ text: words(trouble), tone: 'late', ...(trouble.detail ? { detail: trouble.detail } : {}) })
      },
    }),
    [say, words],
  )

  return (
    <ToastContext.Provider value={value}>
      {children}
      <div
        className={styles.region}
        role="status"
        aria-live="polite"
        onPointerEnter={() => {
          held.current = true
        }}
        onPointerLeave={() => {
          held.current = false
        }}
      >
        {shown.map(toast => (
          <div key={toast.id} className={`${styles.toast} ${styles[toast.tone ?? 'plain']}`}>
            <div className={styles.text}>
              <span>{toast.text}</span>
              {toast.detail ? <small>{toast.detail}</small> : null}
            </div>
            {toast.action ? (
              <Button
                size="s"
                onPress={() => {
                  toast.action?.run()
                  remove(toast.id)
                }}
              >
                {toast.action.label}
              </Button>
            ) : null}
            <Button
              look="quiet"
              size="s"
              aria-label={t('close')}
              icon={<X aria-hidden="true" />}
              onPress={() => remove(toast.id)}
            />
          </div>
        ))}
      </div>
    </ToastContext.Provider>
  )
}

/** While this is true they stand at the top: the foot of the screen is somebody else's. */
export function useToastsAtTop(atTop: boolean): void {
  useOnRoot(atTop ? styles.atTop : undefined)
}

export function useToasts(): Toasts {
  return useContext(ToastContext)
}
