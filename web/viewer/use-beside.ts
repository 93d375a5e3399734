import { useEffect, useRef, useState } from 'react'
import { followed, type Link, linkOf } from './linking.js'
import { type StudyPane, useStudy } from './use-study.js'

export type Side = 'main' | 'beside'

export interface Beside {
  /** The study that lies beside; null where nothing does. */
  uid: string | null
  lay(uid: string | null): void
  side: StudyPane
  /** The pane that the keys and tools act on. */
  active: Side
  activate(side: Side): void
  /** Null while each scrolls alone. */
  link: Link | null
  toggleLink(): void
}

/** A second pane beside the first, which scrolls along with it. */
export function useBeside(main: StudyPane): Beside {
  const [uid, setUid] = useState<string | null>(null)
  const side = useStudy(uid, main.current)
  const [active, setActive] = useState<Side>('main')
  const [link, setLink] = useState<Link | null>(null)
  /** Laid beside, and not linked for the first time yet. */
  const fresh = useRef(false)
  const [here, there] = [main.pane.index, side.pane.index]
  const both = `${main.current?.SeriesInstanceUID} ${side.current?.SeriesInstanceUID}`
  const linked = useRef('')

  const make = (isFresh: boolean) => {
    linked.current = both
    setLink(linkOf(main.frames, here, side.frames, there, isFresh))
  }

  // As soon as both are there, and again when another series is chosen while they are linked.
  const ready = uid !== null && here >= 0 && there >= 0 && main.frames.length > 0 && side.frames.length > 0
  const due = ready && (fresh.current || (link !== null && linked.current !== both))
  // What they are linked by is read once, when it is due.
  useEffect(() => {
    if (!due) return
    fresh.current = false
    make(true)
  }, [due])

  // Only the pane that the reader scrolls pulls the other.
  useEffect(() => {
    if (!link || !ready || linked.current !== both) return
    if (active === 'main') side.pane.go(followed(link, main.frames, here, side.frames))
    else main.pane.go(followed(link, side.frames, there, main.frames, true))
  }, [link, ready, both, active === 'main' ? here : there])

  return {
    uid,
    lay: next => {
      setUid(next)
      setLink(null)
      fresh.current = next !== null
      if (next === null) setActive('main')
    },
    side,
    active: uid === null ? 'main' : active,
    activate: setActive,
    link,
    toggleLink: () => {
      if (link) setLink(null)
      else if (ready) make(false)
    },
  }
}
