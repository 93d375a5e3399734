import { ExternalLink, FileText, ImageOff, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { ChosenPaper, ImportPaper, ImportStudy, ImportView } from '../../node/imports/view.js'
import { Button } from '../parts/Button.js'
import { Checkbox } from '../parts/Checkbox.js'
import { Dialog } from '../parts/Dialog.js'
import { Select } from '../parts/Select.js'
import { Tag } from '../parts/Tag.js'
import { discContent } from '../words/disc-content.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import styles from './Imports.module.css'
import look from './Look.module.css'

/** Of so many papers none is hidden; of more, those that can be taken come first. */
const SHOWN_AT_FIRST = 8

/** Documents and photographs beside the images: each is looked at, and taken when somebody says so. */
export function Papers({
  disc,
  studies,
  chosen,
  onChange,
}: {
  disc: Pick<ImportView, 'id' | 'papers'>
  /** Those a paper may go into; none: it makes one of its own. */
  studies: readonly ImportStudy[]
  chosen: readonly ChosenPaper[]
  onChange: (chosen: ChosenPaper[]) => void
}) {
  const t = useWords(words)
  const say = useWords(discContent)
  const format = useFormats()
  const [all, setAll] = useState(false)
  if (disc.papers.length === 0) return null
  const sorted = [...disc.papers].sort(
    (a, b) => Number(a.fault !== undefined) - Number(b.fault !== undefined),
  )
  const shown = all ? sorted : sorted.slice(0, SHOWN_AT_FIRST)
  const put = (number: number, study: string | undefined) =>
    onChange([
      ...chosen.filter(each => each.number !== number),
      { number, ...(study === undefined ? {} : { StudyInstanceUID: study }) },
    ])
  return (
    <section aria-label={say('papers.title')} className={styles.study}>
      <header>
        <b>{say('papers.title')}</b>
        <span className="second">{say('papers.text')}</span>
      </header>
      <ul className={styles.series}>
        {shown.map(paper => {
          const mine = chosen.find(({ number }) => number === paper.number)
          return (
            <li key={paper.number}>
              <PaperLook disc={disc.id} paper={paper} />
              {paper.fault === undefined ? (
                <Checkbox
                  value={mine !== undefined}
                  onChange={on =>
                    on
                      ? put(paper.number, studies[0]?.StudyInstanceUID)
                      : onChange(chosen.filter(each => each.number !== paper.number))
                  }
                >
                  {paper.title} <span className="third">{paper.path}</span>
                </Checkbox>
              ) : (
                <span className="second">
                  {paper.title} <span className="third">{paper.path}</span>
                </span>
              )}
              {paper.dangers.map(danger => (
                <Tag key={danger} tone="near" icon={<TriangleAlert aria-hidden />}>
                  {say(`danger.${danger}`)}
                </Tag>
              ))}
              {paper.fault === undefined ? null : <Tag>{say(`fault.${paper.fault}`)}</Tag>}
              <span className={`second ${styles.count}`}>
                {say(`paper.${paper.kind}`)} · {format.bytes(paper.bytes)}
              </span>
              {mine !== undefined && studies.length > 1 ? (
                <Select
                  label={say('papers.study')}
                  value={mine.StudyInstanceUID ?? ''}
                  onChange={uid => put(paper.number, uid)}
                  hideLabel
                  options={studies.map(study => ({
                    id: study.StudyInstanceUID,
                    label: `${study.Modalities.join(' ')} ${study.StudyDescription || t('study.untitled')}`,
                  }))}
                />
              ) : null}
            </li>
          )
        })}
      </ul>
      {sorted.length > shown.length ? (
        <div className={styles.foot}>
          <Button size="s" look="quiet" onPress={() => setAll(true)}>
            {say('papers.more', { n: sorted.length - shown.length })}
          </Button>
        </div>
      ) : null}
    </section>
  )
}

/** A document opens in a tab of its own, where it may do nothing; a picture opens here. */
function PaperLook({ disc, paper }: { disc: string; paper: ImportPaper }) {
  const say = useWords(discContent)
  const [open, setOpen] = useState(false)
  const [broken, setBroken] = useState(false)
  const path = `/api/imports/${disc}/files/${paper.number}/paper`
  if (paper.fault === 'too-large' || paper.fault === 'broken' || broken)
    return (
      <span className={look.tile}>
        <ImageOff size={18} aria-hidden />
        <span className="unseen">{say('unseen.unsupported')}</span>
      </span>
    )
  if (paper.kind === 'pdf')
    return (
      <a
        className={look.tile}
        href={path}
        target="_blank"
        rel="noopener noreferrer"
        aria-label={say('paper.open', { name: paper.title })}
      >
        <FileText size={22} aria-hidden />
        <ExternalLink size={11} aria-hidden className={look.corner} />
      </a>
    )
  return (
    <>
      <button
        type="button"
        className={look.tile}
        aria-label={say('paper.look', { name: paper.title })}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <img src={path} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />
      </button>
      <Dialog title={paper.title} open={open} onClose={() => setOpen(false)} size="xl">
        <div className={look.stage}>
          <img src={path} alt={paper.title} />
        </div>
      </Dialog>
    </>
  )
}
