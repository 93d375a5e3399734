import { CircleAlert, CloudUpload, Pause, RotateCw, Unplug, X } from 'lucide-react'
import { Link } from 'wouter'
import { Bar } from '../parts/Bar.js'
import { Button } from '../parts/Button.js'
import { useTroubleWords } from '../parts/ErrorBox.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { keeping } from '../words/keeping.js'
import { useWords } from '../words/words.js'
import styles from './Imports.module.css'
import { dropUpload, goOn, type RunningUpload } from './uploads.js'

/** What this browser is sending: how far, how fast, and what is kept where it stops. */
export function UploadList({ uploads }: { uploads: readonly RunningUpload[] }) {
  const t = useWords(words)
  const under = uploads.filter(({ state }) => state !== 'done')
  if (under.length === 0) return null
  return (
    <section aria-label={t('here.label')} className={styles.uploads}>
      {under.map(upload => (
        <One key={upload.key} upload={upload} />
      ))}
    </section>
  )
}

const icons = { preparing: CloudUpload, moving: CloudUpload, waiting: Unplug, stopped: CircleAlert }

function One({ upload }: { upload: RunningUpload }) {
  const t = useWords(words)
  const k = useWords(keeping)
  const format = useFormats()
  const trouble = useTroubleWords()
  const toasts = useToasts()
  const { key, state, bytes, bytesPerSecond, resumedAt, problem, quota } = upload
  if (state === 'done') return null
  const Icon = icons[state]
  const leftMs = bytesPerSecond > 0 ? ((bytes.total - bytes.sent) / bytesPerSecond) * 1000 : undefined
  return (
    <article className={styles.upload} aria-label={upload.name}>
      <div className={styles.uploadHead}>
        <b>{upload.name}</b>
        <Tag
          tone={state === 'stopped' ? 'late' : state === 'waiting' ? 'near' : 'accent'}
          icon={<Icon aria-hidden />}
        >
          {t(`up.${state}`)}
        </Tag>
        <span className="second">
          {t('up.files', { n: upload.files })} ·{' '}
          {t('up.of', { sent: format.bytes(bytes.sent), total: format.bytes(bytes.total) })}
          {bytesPerSecond > 0 ? ` · ${t('up.speed', { speed: format.bytes(bytesPerSecond) })}` : ''}
          {leftMs === undefined ? '' : ` · ${t('up.left', { time: format.span(leftMs) })}`}
          {resumedAt > 0 ? ` · ${t('up.resumed', { size: format.bytes(resumedAt) })}` : ''}
        </span>
        <span className="push" />
        {upload.import ? <Link href={`/imports/${upload.import}`}>{t('up.see')}</Link> : null}
        {state === 'stopped' ? (
          <Button size="s" icon={<RotateCw aria-hidden />} onPress={() => goOn(key)}>
            {t('up.again')}
          </Button>
        ) : null}
        <Button
          size="s"
          look="quiet"
          icon={state === 'stopped' ? <X aria-hidden /> : <Pause aria-hidden />}
          onPress={() => {
            dropUpload(key)
            if (state !== 'stopped')
              toasts.say({
                text: t('up.interrupted'),
                detail: t('up.kept', { size: format.bytes(bytes.sent) }),
              })
          }}
        >
          {state === 'stopped' ? t('up.drop') : t('up.stop')}
        </Button>
      </div>
      <Bar value={bytes.sent} of={bytes.total} look={state === 'stopped' ? 'failed' : 'moving'} />
      {problem && state === 'stopped' ? (
        <p role="alert" className={styles.problem}>
          {quota ? (
            <>
              {k('up.quota', {
                used: format.bytes(quota.usedBytes),
                quota: format.bytes(quota.quotaBytes),
                size: format.bytes(quota.bytes),
              })}
              <small>{k('up.quota.do')}</small>
            </>
          ) : (
            <>
              {trouble(problem)} {problem.detail ? <small>{problem.detail} </small> : null}
            </>
          )}
          {bytes.sent > 0 ? t('up.kept', { size: format.bytes(bytes.sent) }) : ''}
        </p>
      ) : null}
    </article>
  )
}
