import { Handshake, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { ContractView, PromisedMinutes } from '../../node/sites/view.js'
import { ContractForm } from '../contracts/ContractForm.js'
import { ContractState } from '../contracts/ContractPage.js'
import { emptyContract } from '../contracts/contract-form.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { Head, Table } from '../parts/Table.js'
import { useSession } from '../session.js'
import { contracts as contractWords } from '../words/contracts.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import styles from './Network.module.css'
import type { Network } from './use-network.js'

const CLASSES = ['emergency', 'timeCritical', 'urgent', 'routine', 'opinion'] as const
const TIMERS = ['claim', 'decision', 'read', 'acknowledge', 'final', 'expire'] as const

export function ContractTable({ network: { contracts, sites } }: { network: Network }) {
  const t = useWords(words)
  const c = useWords(contractWords)
  const nameOf = (id: string) => sites.find(site => site.id === id)?.name ?? id
  if (contracts.length === 0) {
    return (
      <Empty
        icon={<Handshake aria-hidden />}
        title={t('contracts.none')}
        action={<NewContract sites={sites} />}
      >
        {t('contracts.none.text')}
      </Empty>
    )
  }
  return (
    <>
      <div className="row">
        <p className="second">{t('contracts.intro')}</p>
        <span className="push">
          <NewContract sites={sites} />
        </span>
      </div>
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
              t('column.timers'),
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
                <td>
                  <Times timers={contract.timers} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      </div>
    </>
  )
}

/** By whoever asks, or by who runs the node: it is prepared, and begins when somebody starts it. */
function NewContract({ sites }: Pick<Network, 'sites'>) {
  const c = useWords(contractWords)
  const [, go] = useLocation()
  const { can, role, session } = useSession()
  const [opened, open] = useState(false)
  const own = sites.find(({ id }) => id === session.account.site)
  if (!can('contract.change') || (role !== 'operator' && own?.kind !== 'requesting')) return null
  return (
    <>
      <Button look="go" icon={<Plus aria-hidden />} onPress={() => open(true)}>
        {c('new')}
      </Button>
      {opened ? (
        <ContractForm
          contract={emptyContract(own?.kind === 'requesting' ? own.id : '')}
          sites={
            role === 'operator' ? sites : sites.filter(({ id, kind }) => kind === 'reading' || id === own?.id)
          }
          onSaved={made => go(`/network/contracts/${encodeURIComponent(made.id)}`)}
          onClose={() => open(false)}
        />
      ) : null}
    </>
  )
}

/** The times that are not the usual ones, in minutes. */
function Times({ timers }: { timers: ContractView['timers'] }) {
  const t = useWords(words)
  const c = useWords(contractWords)
  const nameOf = (of: (typeof CLASSES)[number]) =>
    of === 'timeCritical' ? c('class.timeCritical') : t(of === 'opinion' ? 'kind.opinion' : `urgency.${of}`)
  const said = CLASSES.flatMap(of => {
    const promised: PromisedMinutes = timers?.[of] ?? {}
    const times = TIMERS.flatMap(timer =>
      promised[timer] === undefined ? [] : [t(`timer.${timer}`, { n: promised[timer] })],
    )
    return times.length === 0 ? [] : [`${nameOf(of)} : ${times.join(', ')}`]
  })
  return <>{said.length === 0 ? t('timers.usual') : said.join(' · ')}</>
}
