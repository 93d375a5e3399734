import { Server } from 'lucide-react'
import { Link } from 'wouter'
import type { PeerView } from '../../node/peers/view.js'
import { Empty } from '../parts/Empty.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { meaningOf } from '../transfers/reason.js'
import { network as words } from '../words/network.js'
import { transfers as transferWords } from '../words/transfers.js'
import { useWords } from '../words/words.js'
import { Health } from './Health.js'
import styles from './Network.module.css'

export function PeerTable({ peers }: { peers: PeerView[] }) {
  const t = useWords(words)
  if (peers.length === 0) {
    return (
      <Empty icon={<Server aria-hidden />} title={t('peers.none')}>
        {t('peers.none.text')}
      </Empty>
    )
  }
  return (
    <div className={styles.list}>
      <Table caption={t('peers.caption')}>
        <Head
          columns={[
            t('column.peer'),
            t('column.health'),
            t('column.address'),
            t('column.ae'),
            t('column.may'),
          ]}
        />
        <tbody>
          {peers.map(peer => (
            <tr key={peer.id}>
              <th scope="row" className={styles.name}>
                <Link href={`/network/peers/${encodeURIComponent(peer.id)}`}>{peer.id}</Link>
                <span className={styles.under}>{peer.siteName}</span>
              </th>
              <td className={styles.healthCell}>
                <Health peer={peer} />
                {peer.health === 'down' && peer.healthReason ? (
                  <PeerTrouble reason={peer.healthReason} />
                ) : null}
              </td>
              <td>
                <span className={`code ${styles.whole}`}>
                  {peer.host}:{peer.port}
                </span>
                <span className={styles.under}>
                  {t(peer.tls === 'none' ? 'tls.without' : `tls.${peer.tls}`)}
                </span>
              </td>
              <td className={`code ${styles.whole}`}>{peer.aeTitles.join(', ')}</td>
              <td>
                <span className={styles.tags}>
                  {peer.may.map(service => (
                    <Tag key={service}>{t(`service.${service}`)}</Tag>
                  ))}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  )
}

/** The same plain words as beside a transfer that waits for this peer. */
function PeerTrouble({ reason }: { reason: string }) {
  const t = useWords(transferWords)
  const meaning = meaningOf(reason)
  return (
    <span className={styles.reason} title={reason}>
      {meaning ? t(`reason.${meaning}`) : reason}
    </span>
  )
}
