import { useState } from 'react'
import type { PeerView } from '../../node/peers/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { StudyView, TransferRow } from '../../node/studies/view.js'
import { useAct, useData } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useToasts } from '../parts/Toast.js'
import { studies as words } from '../words/studies.js'
import { useWords } from '../words/words.js'

export function SendDialog({ study, onClose }: { study: StudyView; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const [peer, setPeer] = useState('')
  const peers = useData<ListView<PeerView>>(['peers'], '/api/peers')
  const send = useAct<TransferRow>(
    () => ({ method: 'POST', path: `/api/studies/${study.StudyInstanceUID}/send`, body: { peer } }),
    {
      refresh: [['transfers'], ['studies']],
      onDone: () => {
        toasts.say({ text: t('said.sent'), detail: peer, tone: 'ok' })
        onClose()
      },
    },
  )
  const able = peers.data?.items.filter(each => each.may.includes('store')) ?? []
  return (
    <Dialog
      title={t('send.title')}
      open
      onClose={onClose}
      size="s"
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('send.go', { n: study.instances })}
          isDisabled={peer === ''}
          busy={send.isPending}
          onAct={() => send.mutate()}
          onClose={onClose}
        />
      }
    >
      {peers.error ? <ErrorBox trouble={peers.error} onRetry={() => peers.refetch()} /> : null}
      {peers.isPending ? <Skeleton lines={1} height={32} /> : null}
      {peers.data && able.length === 0 ? <p>{t('send.none')}</p> : null}
      {able.length > 0 ? (
        <Select
          label={t('send.peer')}
          hint={t('send.peer.hint')}
          placeholder={t('send.peer.choose')}
          value={peer}
          onChange={setPeer}
          options={able.map(each => ({ id: each.id, label: each.id, hint: each.siteName }))}
        />
      ) : null}
      {send.error ? <ErrorBox trouble={send.error} /> : null}
    </Dialog>
  )
}
