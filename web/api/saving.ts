import { useState } from 'react'
import { useToasts } from '../parts/Toast.js'
import { problemOf } from './problem.js'

/** Saves what a call gives as a file on this machine; a refusal is said on the screen, not in the file. */
export function useSaving() {
  const toasts = useToasts()
  const [busy, setBusy] = useState(false)
  const saved = async (path: string, name: string, body?: unknown) => {
    setBusy(true)
    try {
      const answer = await fetch(path, {
        credentials: 'same-origin',
        cache: 'no-store',
        ...(body === undefined
          ? {}
          : {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(body),
            }),
      })
      if (!answer.ok) {
        toasts.trouble(await problemOf(answer))
        return
      }
      const address = URL.createObjectURL(await answer.blob())
      const link = document.createElement('a')
      link.href = address
      link.download = name
      link.click()
      URL.revokeObjectURL(address)
    } finally {
      setBusy(false)
    }
  }
  return { busy, save: (path: string, name: string, body?: unknown) => void saved(path, name, body) }
}
