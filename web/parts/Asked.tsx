import type { ReactNode } from 'react'
import { ErrorBox, type Trouble } from './ErrorBox.js'
import { Skeleton } from './Skeleton.js'

/** What was asked for, as it stands: its outline while it comes, why it did not, or itself. */
export function Asked<T>({
  asked,
  trouble,
  lines,
  height = 44,
  children,
}: {
  asked: { data: T | undefined; error: Trouble | null; refetch: () => unknown }
  /** What could not be read, in words. */
  trouble: string
  /** Of the outline: how many, and how high each is, in pixels. */
  lines: number
  height?: number
  children: (data: T) => ReactNode
}) {
  // What is there stays when it could not be read again: somebody may be typing in it.
  if (asked.error && asked.data === undefined)
    return <ErrorBox title={trouble} trouble={asked.error} onRetry={() => void asked.refetch()} />
  if (asked.data === undefined) return <Skeleton lines={lines} height={height} />
  return children(asked.data)
}
