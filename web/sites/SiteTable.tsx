import { Building2, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { ContractView, SiteView } from '../../node/sites/view.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { useSession } from '../session.js'
import { siteWords as words } from '../words/sites.js'
import { useWords } from '../words/words.js'
import { GroupTable } from './GroupTable.js'
import { runningWith } from './running.js'
import { SiteForm } from './SiteForm.js'
import styles from './Sites.module.css'

/** Every site this person may name, and the groups they work in. */
export function SiteTable({
  sites,
  contracts,
}: {
  sites: readonly SiteView[]
  contracts: readonly ContractView[]
}) {
  const t = useWords(words)
  const { can } = useSession()
  const [, go] = useLocation()
  const [making, setMaking] = useState(false)
  const make = can('site.make') ? (
    <Button look="go" icon={<Plus aria-hidden />} onPress={() => setMaking(true)}>
      {t('new')}
    </Button>
  ) : null
  return (
    <>
      {sites.length === 0 ? (
        <Empty icon={<Building2 aria-hidden />} title={t('none')} action={make}>
          {t('none.text')}
        </Empty>
      ) : (
        <>
          <div className="row">
            <p className="second">{t('intro')}</p>
            <span className="push">{make}</span>
          </div>
          <div className={styles.list}>
            <Table caption={t('caption')}>
              <Head
                columns={[
                  t('column.site'),
                  t('column.kind'),
                  t('column.zone'),
                  t('column.telephones'),
                  t('column.contracts'),
                  t('column.state'),
                ]}
              />
              <tbody>
                {sites.map(site => (
                  <tr key={site.id}>
                    <th scope="row" className={styles.name}>
                      <Link href={`/network/sites/${encodeURIComponent(site.id)}`}>{site.name}</Link>
                      <span className={styles.under}>{site.id}</span>
                    </th>
                    <td>{t(`kind.${site.kind}`)}</td>
                    <td>{site.timeZone ?? <span className="third">{t('zone.node')}</span>}</td>
                    <td>
                      {site.telephones === undefined ? (
                        <span className="third">–</span>
                      ) : (
                        <>
                          <span className={styles.number}>{site.telephones[0]?.number}</span>
                          <span className={styles.under}>{site.telephones[0]?.label}</span>
                        </>
                      )}
                    </td>
                    <td>{t('contracts.count', { n: runningWith(site.id, contracts).length })}</td>
                    <td>
                      <Tag tone={site.closed ? 'plain' : 'ok'}>
                        {t(site.closed ? 'state.closed' : 'state.open')}
                      </Tag>
                    </td>
                  </tr>
                ))}
              </tbody>
            </Table>
          </div>
        </>
      )}
      <GroupTable sites={sites} />
      {making ? (
        <SiteForm
          onSaved={made => go(`/network/sites/${encodeURIComponent(made.id)}`)}
          onClose={() => setMaking(false)}
        />
      ) : null}
    </>
  )
}
