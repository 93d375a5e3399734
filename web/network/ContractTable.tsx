import { Handshake } from 'lucide-react'
import { Link } from 'wouter'
import { ContractState } from '../contracts/ContractPage.js'
import { Empty } from '../parts/Empty.js'
import { Head, Table } from '../parts/Table.js'
import { contracts as contractWords } from '../words/contracts.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import styles from './Network.module.css'
import type { Network } from './use-network.js'

export function ContractTable({ network: { contracts, sites } }: { network: Network }) {
  const t = useWords(words)
  const c = useWords(contractWords)
  const nameOf = (id: string) => sites.find(site => site.id === id)?.name ?? id
  if (contracts.length === 0) {
    return (
      <Empty icon={<Handshake aria-hidden />} title={t('contracts.none')}>
        {t('contracts.none.text')}
      </Empty>
    )
  }
  return (
    <>
      <p className="second">{t('contracts.intro')}</p>
      <div className={styles.list}>
        <Table caption={t('contracts.caption')}>
          <Head
            columns={[
              t('column.requesting'),
              t('column.reading'),
              t('column.modalities'),
              t('column.kinds'),
              c('column.state'),
              t('column.urgencies'),
            ]}
          />
          <tbody>
            {contracts.map(contract => (
              <tr key={contract.id}>
                <th scope="row" className={styles.name}>
                  <Link
                    href={`/network/contracts/${encodeURIComponent(contract.id)}`}
                    aria-label={c('open', { id: contract.id })}
                  >
                    {nameOf(contract.requesting)}
                  </Link>
                </th>
                <td>{nameOf(contract.reading)}</td>
                <td>{contract.modalities.join(', ')}</td>
                <td>{contract.kinds.map(kind => t(`kind.${kind}`)).join(', ')}</td>
                <td>
                  <ContractState contract={contract} />
                </td>
                <td>{contract.urgencies.map(urgency => t(`urgency.${urgency}`)).join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      </div>
    </>
  )
}
