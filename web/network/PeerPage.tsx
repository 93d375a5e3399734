import { Server, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useAct } from '../api/data.js'
import { Back } from '../parts/Back.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { useTitle } from '../shell/title.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import { Health } from './Health.js'
import styles from './Peer.module.css'
import { PeerForm } from './PeerForm.js'
import { PeerTest } from './PeerTest.js'
import type { Network } from './use-network.js'

/** /network/peers/:id, and /network/peers/new */
export function PeerPage({ id, network }: { id: string; network: Network }) {
  const t = useWords(words)
  const { can } = useSession()
  const [removing, setRemoving] = useState(false)
  const fresh = id === 'new'
  const peer = network.peers.find(each => each.id === id)
  const title = fresh ? t('peer.new') : t('peer.title', { id })
  useTitle(title)
  if (!fresh && !peer) {
    return (
      <Page title={t('title')}>
        <Empty
          icon={<Server aria-hidden />}
          title={t('peer.missing')}
          action={<ButtonLink href="/network/peers">{t('peer.back')}</ButtonLink>}
        />
      </Page>
    )
  }
  return (
    <div className={styles.peerPage}>
      <header className={styles.peerHead}>
        <Back href="/network/peers" label={t('peer.back')} />
        <h1>{title}</h1>
        {peer ? <Health peer={peer} /> : null}
        {peer && can('peer.change') ? (
          <span className="push">
            <Button look="grave" icon={<Trash2 aria-hidden />} onPress={() => setRemoving(true)}>
              {t('peer.remove')}
            </Button>
          </span>
        ) : null}
      </header>
      <div className={peer ? styles.two : styles.one}>
        <PeerForm key={id} peer={peer} network={network} />
        {peer && can('peer.test') ? <PeerTest peer={peer} /> : null}
      </div>
      {removing && peer ? <RemovePeer id={peer.id} onClose={() => setRemoving(false)} /> : null}
    </div>
  )
}

function RemovePeer({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const [, go] = useLocation()
  const remove = useAct<{ id: string }>(
    () => ({ method: 'DELETE', path: `/api/peers/${encodeURIComponent(id)}` }),
    {
      refresh: [['peers'], ['routes']],
      onDone: () => {
        toasts.say({ text: t('said.removed'), detail: id })
        go('/network/peers')
      },
    },
  )
  return (
    <Dialog
      title={t('peer.remove.title', { id })}
      open
      grave
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('peer.remove')}
          look="grave"
          busy={remove.isPending}
          onAct={() => remove.mutate()}
          onClose={onClose}
        />
      }
    >
      <p>{t('peer.remove.text')}</p>
      {remove.error ? <ErrorBox trouble={remove.error} /> : null}
    </Dialog>
  )
}
