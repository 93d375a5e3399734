import { useState } from 'react'
import type { AskView, RequestView } from '../../node/requests/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Tag } from '../parts/Tag.js'
import { useSession } from '../session.js'
import { askItemWords } from '../words/ask-items.js'
import { useFormats } from '../words/format.js'
import { useWords } from '../words/words.js'
import styles from './Asks.module.css'
import page from './RequestPage.module.css'

type Item = AskView['items'][number]

/** What was asked back, item by item: what came and when, or that it cannot be had. */
export function Asks({ request }: { request: RequestView }) {
  const t = useWords(askItemWords)
  const formats = useFormats()
  const { session } = useSession()
  // Whoever asked answers themselves only to take the question back: by its own button.
  const mayAnswer = request.may.includes('answer') && request.holder?.id !== session.account.id
  const isOpen = request.state === 'info-requested'
  const answer = useAct<RequestView, { item: string; available: boolean; text?: string }>(
    ({ item, ...body }) => ({ method: 'POST', path: `/api/requests/${request.id}/asks/${item}`, body }),
    { refresh: [['requests']] },
  )
  if (request.asks.length === 0) return null
  return (
    <section className={isOpen ? `card ${styles.open}` : 'card'}>
      <h2 className={page.heading}>{t('title')}</h2>
      {request.asks.toReversed().map(ask => (
        <div key={ask.id} className={styles.ask}>
          <small className="second" title={formats.exact(ask.at)}>
            {[ask.by, formats.moment(ask.at)].join(' · ')}
          </small>
          <ul className={styles.items}>
            {ask.items.map(item => (
              <li key={item.id}>
                <p>
                  <span className={styles.kind}>{t(`kind.${item.kind}`)}</span> · {item.text}{' '}
                  <Tag tone={item.state === 'open' ? 'near' : item.state === 'answered' ? 'ok' : 'plain'}>
                    {t(`state.${item.state}`)}
                  </Tag>
                </p>
                {item.state !== 'open' ? (
                  <small className="second">
                    {[item.answer, item.by, item.at ? formats.moment(item.at) : '']
                      .filter(Boolean)
                      .join(' · ')}
                  </small>
                ) : null}
                {item.state === 'open' && mayAnswer ? (
                  <Answer
                    item={item}
                    busy={answer.isPending}
                    onAnswer={(available, text) =>
                      answer.mutate({ item: item.id, available, ...(text ? { text } : {}) })
                    }
                  />
                ) : null}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {answer.error ? <ErrorBox trouble={answer.error} /> : null}
    </section>
  )
}

function Answer({
  item,
  busy,
  onAnswer,
}: {
  item: Item
  busy: boolean
  onAnswer: (available: boolean, text: string) => void
}) {
  const t = useWords(askItemWords)
  const [text, setText] = useState('')
  return (
    <div className={styles.answer}>
      <TextField
        label={t('answer.of', { item: item.text })}
        hideLabel
        placeholder={t('answer.hint')}
        value={text}
        onChange={setText}
      />
      <Button
        size="s"
        look="go"
        isDisabled={!text.trim() || busy}
        onPress={() => onAnswer(true, text.trim())}
      >
        {t('answer')}
      </Button>
      <Button size="s" isDisabled={busy} onPress={() => onAnswer(false, text.trim())}>
        {t('unavailable')}
      </Button>
    </div>
  )
}
