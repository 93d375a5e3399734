import { useEffect, useState } from 'react'
import type { InboxPage } from '../../node/inbox/view.js'
import { DropZone } from '../imports/DropZone.js'
import { oneDiscOf } from '../imports/picked.js'
import type { Packable } from '../imports/tar.js'
import { UploadList } from '../imports/UploadList.js'
import { startUpload, useUploads } from '../imports/uploads.js'
import { useFormats } from '../words/format.js'
import { inboxWords } from '../words/inbox.js'
import { useWords } from '../words/words.js'
import styles from './Inbox.module.css'

/** One disc, by the same upload as at the desk: it goes on after a lost network, or when the files are chosen again. */
export function FilesStep({ page, onChange }: { page: InboxPage; onChange: () => void }) {
  const t = useWords(inboxWords)
  const format = useFormats()
  const uploads = useUploads()
  const [fault, setFault] = useState('')
  const isDone = uploads.some(({ state }) => state === 'done')
  const isUnder = uploads.some(({ state }) => state !== 'done')
  useEffect(() => {
    if (isDone) onChange()
  }, [isDone, onChange])

  const take = (found: Packable[]) => {
    const picked = oneDiscOf(found, t('files.together'))
    if (picked === undefined) return setFault(t('files.several'))
    if (picked.body.size > page.bytesMax)
      return setFault(t('files.large', { size: format.bytes(page.bytesMax) }))
    setFault('')
    startUpload(picked, { endpoint: '/api/inbox/uploads', of: `inbox ${page.siteName} ${page.endsAt}` })
  }
  const { upload } = page
  return (
    <>
      {isUnder ? <p className="second">{t('files.stay')}</p> : <p className="second">{t('files.text')}</p>}
      {upload && !isUnder ? (
        <p role="status">
          {t('files.resume', {
            name: upload.name,
            there: format.bytes(upload.there),
            bytes: format.bytes(upload.bytes),
          })}
        </p>
      ) : null}
      {isUnder ? null : <DropZone onFound={take} />}
      {fault ? (
        <p role="alert" className={styles.problem}>
          {fault}
        </p>
      ) : null}
      <UploadList uploads={uploads} />
    </>
  )
}
