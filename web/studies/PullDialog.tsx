import { useState } from 'react'
import type { SearchView } from '../../node/exchange/view.js'
import type { PeerView } from '../../node/peers/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { retrievals as words } from '../words/retrievals.js'
import { useWords } from '../words/words.js'

/** From one PACS through this node to another, as one request. */
export function PullDialog({
  item,
  onPull,
  onClose,
}: {
  item: SearchView['items'][number]
  onPull: (to: string) => void
  onClose: () => void
}) {
  const t = useWords(words)
  const [to, setTo] = useState('')
  const peers = useData<ListView<PeerView>>(['peers'], '/api/peers')
  const able = peers.data?.items.filter(each => each.may.includes('store') && each.id !== item.peer) ?? []
  return (
    <Dialog
      title={t('to.title')}
      open
      onClose={onClose}
      size="s"
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('to.go')}
          isDisabled={to === ''}
          onAct={() => onPull(to)}
          onClose={onClose}
        />
      }
    >
      <p className="second">{t('to.text', { peer: item.peer })}</p>
      {peers.error ? <ErrorBox trouble={peers.error} onRetry={() => peers.refetch()} /> : null}
      {peers.isPending ? <Skeleton lines={1} height={32} /> : null}
      {peers.data && able.length === 0 ? <p>{t('to.none')}</p> : null}
      {able.length > 0 ? (
        <Select
          label={t('to.peer')}
          placeholder={t('to.choose')}
          value={to}
          onChange={setTo}
          options={able.map(each => ({ id: each.id, label: each.id, hint: each.siteName }))}
        />
      ) : null}
    </Dialog>
  )
}
