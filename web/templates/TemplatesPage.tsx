import { useQueryClient } from '@tanstack/react-query'
import { FileText } from 'lucide-react'
import { useRef, useState } from 'react'
import type { TemplateView } from '../../node/reports/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { TextField } from '../parts/TextField.js'
import { templateWords } from '../words/templates.js'
import { useLanguage, useWords } from '../words/words.js'
import { replaced, standingFor } from './fields.js'
import { TemplateForm } from './TemplateForm.js'
import styles from './Templates.module.css'

const folded = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

const PATH = '/api/templates'

/** The form beside the list: another turn is another form. */
interface Open {
  turn: number
  kind: TemplateView['kind']
  /** What it was opened on or last saved as; undefined: a new one. */
  held: TemplateView | undefined
}

/** /templates: what a group begins its reports with, and the sentences it says every day. */
export default function TemplatesPage() {
  const t = useWords(templateWords)
  const { language } = useLanguage()
  const found = useData<ListView<TemplateView>>(['templates'], PATH)
  const client = useQueryClient()
  const [open, setOpen] = useState<Open>()
  const turns = useRef(0)
  const [sought, setSought] = useState('')
  const items = (found.data?.items ?? []).filter(
    one =>
      one.language === language &&
      folded([one.title, ...one.modalities, ...one.regions, one.shortcut ?? ''].join(' ')).includes(
        folded(sought),
      ),
  )
  const standing = open?.held && standingFor(found.data?.items ?? [], open.held)
  const begin = (kind: TemplateView['kind'], held?: TemplateView) => {
    // Pressed once more, what is open stays as it is: somebody may have typed in it.
    if (open?.kind === kind && (held ? held.id === standing?.id : open.held === undefined)) return
    turns.current += 1
    setOpen({ turn: turns.current, kind, held })
  }
  const leave = (saved: TemplateView | undefined) => {
    // Who went on to another one meanwhile stays there.
    setOpen(now => (now?.turn === open?.turn && now ? saved && { ...now, held: saved } : now))
  }
  const group = (kind: TemplateView['kind']) => items.filter(one => one.kind === kind)
  return (
    <Page
      title={t('title')}
      actions={
        <>
          <Button onPress={() => begin('report')}>{t('new.report')}</Button>
          <Button onPress={() => begin('block')}>{t('new.block')}</Button>
        </>
      }
    >
      {found.error && !found.data ? (
        <ErrorBox trouble={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Skeleton lines={8} height={32} />
      ) : (
        <div className={styles.columns}>
          <nav className={styles.list} aria-label={t('title')}>
            <TextField
              label={t('find')}
              hideLabel
              placeholder={t('find')}
              value={sought}
              onChange={setSought}
            />
            {(['report', 'block'] as const).map(kind => (
              <section key={kind}>
                <h2>{t(`kind.${kind}`)}</h2>
                <ul>
                  {group(kind).map(one => (
                    <li key={one.id}>
                      <button
                        type="button"
                        aria-current={one.id === standing?.id}
                        onClick={() => begin(one.kind, one)}
                      >
                        <span>{one.kind === 'block' ? `/${one.shortcut} · ${one.title}` : one.title}</span>
                        {one.revision > 0 ? <Tag tone="accent">{t('own')}</Tag> : null}
                      </button>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </nav>
          {open ? (
            <TemplateForm
              key={open.turn}
              held={open.held}
              standing={standing}
              kind={open.kind}
              onSaved={saved => {
                leave(saved)
                client.setQueryData<ListView<TemplateView>>(
                  ['templates', PATH],
                  list => list && { ...list, items: replaced(list.items, standing ?? open.held, saved) },
                )
              }}
              onGone={() => leave(undefined)}
            />
          ) : (
            <Empty icon={<FileText aria-hidden="true" />} title={t('empty')}>
              {t('empty.text')}
            </Empty>
          )}
        </div>
      )}
    </Page>
  )
}
