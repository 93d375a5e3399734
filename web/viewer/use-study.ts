import { useEffect, useMemo, useRef, useState } from 'react'
import type { StudyView } from '../../node/studies/view.js'
import { useData } from '../api/data.js'
import type { ApiProblem } from '../api/problem.js'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import type { JsonDataSet } from './dicom-json.js'
import { type FirstLook, firstLook } from './first-look.js'
import type { Frame } from './frame.js'
import { openPictures, type Pictures, seriesPath } from './pictures.js'
import { type Preset, presetsFor } from './presets.js'
import type { Series } from './series.js'
import {
  alike,
  hasPictures,
  inReadingOrder,
  openingIndex,
  openingSeries,
  seriesOf,
  seriesOfView,
} from './series.js'
import { type PaneHandle, usePane } from './use-pane.js'

/** One study on a pane of its own. */
export interface StudyPane {
  study: StudyView | undefined
  series: Series[]
  current: Series | undefined
  /** What the chosen series is called. */
  name: string
  choose(SeriesInstanceUID: string): void
  pictures: Pictures
  frames: Frame[]
  look: FirstLook | null | undefined
  /** Why the series is not read. */
  trouble: string | undefined
  problem: ApiProblem | null
  retry(): void
  /** There is such a study, and nothing of it can be shown. */
  missing: boolean
  pane: PaneHandle
  presets: Preset[]
}

/** `uid` null: nothing is shown here. `like`: the series of another study that this one is laid beside. */
export function useStudy(uid: string | null, like?: Series): StudyPane {
  const t = useWords(words)
  const listed = useData<JsonDataSet[]>(['studies'], uid === null ? null : seriesPath(uid))
  const study = useData<StudyView>(['studies'], uid === null ? null : `/api/studies/${uid}`)
  // Whichever is here first: a study page has read the same list already.
  const series = useMemo(() => {
    const known =
      listed.data?.map(seriesOf).filter(each => each !== null) ?? study.data?.seriesList.map(seriesOfView)
    return uid === null ? [] : inReadingOrder(known ?? []).filter(hasPictures)
  }, [uid, listed.data, study.data])
  const pictures = useMemo(() => openPictures(uid ?? ''), [uid])
  const [chosen, setChosen] = useState<string | null>(null)
  const current =
    series.find(each => each.SeriesInstanceUID === chosen) ??
    (like === undefined ? openingSeries(series) : alike(series, like))
  const { frames, trouble, look } = useFrames(pictures, current)
  const pane = usePane(current?.SeriesInstanceUID ?? '', frames, look)
  return {
    study: study.data,
    series,
    current,
    name: current?.description ?? t('series.one', { n: current?.number ?? '–' }),
    choose: setChosen,
    pictures,
    frames,
    look,
    trouble,
    problem: listed.error,
    retry: () => void listed.refetch(),
    missing: listed.error?.code === 'missing' || (listed.data !== undefined && series.length === 0),
    pane,
    presets: presetsFor(pane.shown ?? undefined),
  }
}

const noFrames: Frame[] = []

function useFrames(pictures: Pictures, series: Series | undefined) {
  const t = useWords(words)
  const [read, setRead] = useState<{ of: string; frames: Frame[]; trouble?: string }>({ of: '', frames: [] })
  const first = useRef(true)
  /** Undefined until it is known whether there is one. */
  const [look, setLook] = useState<FirstLook | null>()
  const uid = series?.SeriesInstanceUID
  const instances = series?.instances
  useEffect(() => {
    if (!uid) return
    let gone = false
    pictures.of(uid, instances).then(
      frames => {
        if (gone) return
        const opening = frames[openingIndex(frames)]
        if (first.current) {
          first.current = false
          if (opening) firstLook(opening).then(setLook)
          else setLook(null)
        }
        setRead({ of: uid, frames })
      },
      () => {
        if (gone) return
        setLook(null)
        setRead({ of: uid, frames: noFrames, trouble: t('fault.unreachable') })
      },
    )
    return () => {
      gone = true
    }
  }, [pictures, uid, instances, t])
  return read.of === uid
    ? { frames: read.frames, trouble: read.trouble, look }
    : { frames: noFrames, trouble: undefined, look }
}
