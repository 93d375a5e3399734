import { useQueryClient } from '@tanstack/react-query'
import { use, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { ReportView, Sections } from '../../node/reports/view.js'
import { call } from '../api/call.js'
import { ApiProblem, type ProblemCode } from '../api/problem.js'
import { draftsOf, type Left } from '../drafts/drafts.js'
import { useSession } from '../session.js'
import {
  isTooLong,
  type LocalCopy,
  localCopies,
  type SectionName,
  sameSections,
  sectionNames,
} from './draft.js'

/** `offline` is tried again by itself; `refused` waits for another text. */
export type SaveState = 'saved' | 'dirty' | 'saving' | 'offline' | 'refused' | 'conflict'

export interface Draft {
  sections: Sections
  state: SaveState
  /** UTC ISO of the last text the node holds. */
  savedAt: string
  /** The text came back from this machine after a crash. */
  recovered: boolean
  problem: ApiProblem | null
  /** The node's text, when somebody else changed it meanwhile; else what a window of this browser left unsaved. */
  other: OtherText | null
  /** Counts the texts that were not typed: a template, the other window's. */
  replaced: number
  write(section: SectionName, text: string): void
  /** Another text for all sections, by a template. */
  replace(sections: Sections): void
  /** Saves what is open now; gives whether the node holds all of it. */
  flush(): Promise<boolean>
  keepMine(): void
  takeOther(): void
  /** Signed: nothing of it is kept on this machine any more. */
  forget(): void
}

export interface OtherText {
  sections: Sections
  from: 'node' | 'window'
  /** UTC ISO. */
  at: string
}

const everyMs = 2_000
const againMs = 5_000
/** So many texts on their way without an answer are kept apart. */
const unansweredMax = 10
/** Failures that another try of the same text does not mend. */
const final: readonly ProblemCode[] = ['invalid', 'too-large', 'forbidden', 'missing', 'unsupported']

/**
 * The text being written: saved every two seconds while it changes, kept on this machine besides, and never silently over
 * somebody else's revision.
 */
export function useDraft(report: ReportView): Draft {
  const drafts = use(draftsOf(useSession().session.account.id))
  const localCopy = useMemo(() => localCopies(drafts), [drafts])
  const [start] = useState(() => begin(report, localCopy.read(report.id)))
  const [sections, setSections] = useState(start.sections)
  const [state, setState] = useState<SaveState>(start.state)
  const [replaced, setReplaced] = useState(0)
  const [savedAt, setSavedAt] = useState(report.savedAt)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [theirs, setTheirs] = useState<ReportView | null>(start.theirs)
  const [found, setFound] = useState<Left<LocalCopy>[]>([])
  // What the next save works on; state alone would be a render behind.
  const now = useRef({
    sections: start.sections,
    revision: start.revision,
    saved: report.sections,
    state: start.state,
    sent: [] as Sections[],
  })
  const running = useRef<Promise<boolean> | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const left = useRef(false)
  const client = useQueryClient()
  const { id } = report

  const become = useCallback((next: SaveState) => {
    now.current.state = next
    setState(next)
  }, [])

  const save = useCallback(async (): Promise<boolean> => {
    clearTimeout(timer.current)
    timer.current = undefined
    if (running.current) {
      await running.current
      return save()
    }
    const at = now.current
    if (at.state === 'conflict') return false
    if (sameSections(at.sections, at.saved) && at.sent.length === 0) {
      become('saved')
      localCopy.forget(id)
      return true
    }
    if (sectionNames.some(name => isTooLong(at.sections[name]))) {
      setProblem(null)
      become('refused')
      return false
    }
    const sent = at.sections
    const accept = (answer: ReportView, held: Sections): boolean => {
      at.revision = answer.revision
      at.saved = held
      at.sent = []
      setSavedAt(answer.savedAt)
      setProblem(null)
      const all = sameSections(at.sections, held)
      become(all ? 'saved' : 'dirty')
      if (all) localCopy.forget(id)
      else localCopy.write(id, copyOf(at))
      return all
    }
    /** Another revision came first: whose it is decides. */
    const meet = (other: ReportView): boolean => {
      // Text of this page under a newer revision: an answer got lost, or the page was opened again meanwhile.
      const own = at.sent.find(text => sameSections(text, other.sections))
      if (own) return accept(other, own)
      // Somebody else holds the request by now: there is nothing to choose, the text waits here.
      if (!other.may.includes('edit')) become('refused')
      else {
        setTheirs(other)
        become('conflict')
      }
      return false
    }
    become('saving')
    at.sent = [...at.sent, sent].slice(-unansweredMax)
    localCopy.write(id, copyOf(at))
    const run = (async () => {
      try {
        const answer = await call<ReportView>({
          method: 'PUT',
          path: `/api/reports/${id}`,
          body: { revision: at.revision, sections: sent },
        })
        return accept(answer, sent)
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error
        setProblem(error)
        if (error.code === 'conflict') {
          const other = await call<ReportView>({ method: 'GET', path: `/api/reports/${id}` }).catch(
            () => undefined,
          )
          if (other) return meet(other)
        }
        const isFinal = final.includes(error.code)
        if (isFinal) at.sent = at.sent.filter(text => text !== sent)
        become(isFinal ? 'refused' : 'offline')
        // The page leads to the sign-in and comes back here; the text waits on this machine.
        if (error.code === 'unauthenticated') void client.invalidateQueries({ queryKey: ['session'] })
        return false
      }
    })().finally(() => {
      running.current = null
    })
    running.current = run
    const saved = await run
    if (left.current) return saved
    if (now.current.state === 'dirty') timer.current ??= setTimeout(() => void save(), everyMs)
    if (now.current.state === 'offline') timer.current ??= setTimeout(() => void save(), againMs)
    return saved
  }, [id, become, client, localCopy])

  const change = useCallback(
    (changed: Partial<Sections>) => {
      const at = now.current
      const next = { ...at.sections, ...changed }
      if (sameSections(next, at.sections)) return
      at.sections = next
      setSections(at.sections)
      localCopy.write(id, copyOf(at))
      if (at.state === 'conflict') return
      if (at.state === 'saved') become('dirty')
      timer.current ??= setTimeout(() => void save(), everyMs)
    },
    [id, save, become, localCopy],
  )

  // A text taken up after a crash goes to the node at once; what is open when the page is left is saved on the way out.
  useEffect(() => {
    left.current = false
    if (now.current.state === 'dirty') void save()
    return () => {
      left.current = true
      if (now.current.state !== 'saved' && now.current.state !== 'saving') void save()
      clearTimeout(timer.current)
    }
  }, [save])

  // What another window could not save before it went: asked about, since nobody says which text is the newer thought.
  const mayEdit = report.may.includes('edit')
  const see = useCallback(() => {
    if (mayEdit) setFound(localCopy.left(id, [now.current.sections, now.current.saved]))
  }, [id, mayEdit, localCopy])
  useEffect(see, [see])

  // A page that is put aside may never come back: what is open goes to the node at once.
  useEffect(() => {
    const turned = () => {
      if (document.visibilityState === 'visible') void localCopy.look().then(see)
      else if (now.current.state === 'dirty') void save()
    }
    document.addEventListener('visibilitychange', turned)
    return () => document.removeEventListener('visibilitychange', turned)
  }, [save, see, localCopy])

  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      if (now.current.state !== 'saved') event.preventDefault()
    }
    addEventListener('beforeunload', guard)
    return () => removeEventListener('beforeunload', guard)
  }, [])

  const settle = (mine: boolean) => {
    const [left] = found
    if (!theirs && left) {
      if (!mine) {
        change(left.value.sections)
        setReplaced(n => n + 1)
      }
      left.forget()
      see()
    }
    if (!theirs) return
    const at = now.current
    at.revision = theirs.revision
    at.saved = theirs.sections
    at.sent = []
    if (!mine) {
      at.sections = theirs.sections
      setSections(theirs.sections)
      setReplaced(n => n + 1)
      setSavedAt(theirs.savedAt)
    }
    setTheirs(null)
    setProblem(null)
    become('dirty')
    void save()
  }

  return {
    sections,
    state,
    savedAt,
    recovered: start.recovered,
    problem,
    other: otherOf(theirs, found[0]),
    replaced,
    write: (section, text) => change({ [section]: text }),
    replace: sections => {
      change(sections)
      setReplaced(n => n + 1)
    },
    flush: async () => (now.current.state === 'saved' ? true : (await save()) || (await save())),
    keepMine: () => settle(true),
    takeOther: () => settle(false),
    forget: () => localCopy.forget(id),
  }
}

const copyOf = ({ sections, revision, sent }: Required<LocalCopy>): LocalCopy => ({
  sections,
  revision,
  ...(sent.length > 0 ? { sent } : {}),
})

const otherOf = (theirs: ReportView | null, left: Left<LocalCopy> | undefined): OtherText | null => {
  if (theirs) return { sections: theirs.sections, from: 'node', at: theirs.savedAt }
  return left ? { sections: left.value.sections, from: 'window', at: new Date(left.at).toISOString() } : null
}

/** Where the text begins: the node's, or this machine's where it holds more; both where they went apart. */
function begin(report: ReportView, copy: LocalCopy | undefined) {
  const plain = { sections: report.sections, revision: report.revision, recovered: false, theirs: null }
  if (!copy || sameSections(copy.sections, report.sections)) return { ...plain, state: 'saved' as SaveState }
  // The node had taken what was on its way when the page was lost; the rest was typed after it.
  const isOwn = copy.sent?.some(text => sameSections(text, report.sections)) ?? false
  if (copy.revision === report.revision || isOwn)
    return { ...plain, sections: copy.sections, recovered: true, state: 'dirty' as SaveState }
  return {
    ...plain,
    sections: copy.sections,
    recovered: true,
    theirs: report,
    state: 'conflict' as SaveState,
  }
}
