import { Fragment } from 'react'
import type { PermissionView, Relation, Role } from '../../node/accounts/view.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Table } from '../parts/Table.js'
import { accounts as words } from '../words/accounts.js'
import { useWords } from '../words/words.js'
import styles from './Accounts.module.css'
import { useActionWords, usePermissions } from './rights.js'

const roles: Role[] = [
  'referrer',
  'technician',
  'radiologist',
  'coordinator',
  'administrator',
  'operator',
  'auditor',
]

/** The table the node enforces, grouped by what is acted on. */
export function PermissionMatrix() {
  const t = useWords(words)
  const table = usePermissions()
  const { groupOf, verbOf } = useActionWords()
  if (table.error) return <ErrorBox trouble={table.error} onRetry={() => table.refetch()} />
  if (!table.data) return <Skeleton lines={10} height={20} />
  const groups = new Map<string, PermissionView[]>()
  for (const row of table.data.items) {
    const group = row.action.split('.')[0] ?? ''
    groups.set(group, [...(groups.get(group) ?? []), row])
  }
  return (
    <>
      <p className={styles.intro}>{t('permissions.intro')}</p>
      <p className={styles.key}>
        <Cell relations={['own']} /> {t('relation.own')} <Cell relations={['party']} /> {t('relation.party')}{' '}
        <Cell relations={['own', 'party']} /> {t('relation.both')}{' '}
        <i aria-hidden>{t('relation.former.key')}</i> {t('relation.former')}
      </p>
      <div className={styles.matrix}>
        <Table caption={t('permissions.caption')} dense>
          <thead>
            <tr>
              <th scope="col">{t('permissions.action')}</th>
              {roles.map(role => (
                <th key={role} scope="col" className={styles.column}>
                  {t(`role.${role}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...groups].map(([group, rows]) => (
              <Fragment key={group}>
                <tr className={styles.group}>
                  <th scope="colgroup" colSpan={roles.length + 1}>
                    {groupOf(group)}
                  </th>
                </tr>
                {rows.map(row => (
                  <tr key={row.action}>
                    <th scope="row" title={row.action} className={styles.verb}>
                      {verbOf(row.action)}
                    </th>
                    {roles.map(role => (
                      <td key={role} className={styles.column}>
                        <Cell relations={row.roles[role] ?? []} />
                      </td>
                    ))}
                  </tr>
                ))}
              </Fragment>
            ))}
          </tbody>
        </Table>
      </div>
    </>
  )
}

function Cell({ relations }: { relations: Relation[] }) {
  const t = useWords(words)
  const own = relations.includes('own')
  const party = relations.includes('party')
  const former = relations.includes('former')
  if (!own && !party) {
    return (
      <span className={styles.no}>
        <span aria-hidden>·</span>
        <span className="unseen">{t('relation.none')}</span>
      </span>
    )
  }
  return (
    <span
      className={styles.cell}
      title={t(own ? (party ? 'relation.both' : 'relation.own') : 'relation.party')}
    >
      {own ? <b aria-hidden>{t('relation.own.key')}</b> : null}
      {party ? <i aria-hidden>{t('relation.party.key')}</i> : null}
      {former ? <i aria-hidden>{t('relation.former.key')}</i> : null}
      <span className="unseen">
        {t(own ? (party ? 'relation.both' : 'relation.own') : 'relation.party')}
        {former ? `, ${t('relation.former')}` : ''}
      </span>
    </span>
  )
}
