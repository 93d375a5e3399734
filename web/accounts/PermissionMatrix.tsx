import { Fragment, useState } from 'react'
import type { PermissionView, Relation, Role } from '../../node/accounts/view.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Select } from '../parts/Select.js'
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
  const [only, setOnly] = useState<Role | ''>('')
  if (table.error) return <ErrorBox trouble={table.error} onRetry={() => table.refetch()} />
  if (!table.data) return <Skeleton lines={10} height={20} />
  const groups = new Map<string, PermissionView[]>()
  const shown = roles.filter(role => only === '' || role === only)
  for (const row of table.data.items.filter(each => only === '' || each.roles[only] !== undefined)) {
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
      <div className={styles.search}>
        <Select
          label={t('permissions.role')}
          value={only === '' ? 'all' : only}
          onChange={id => setOnly(id === 'all' ? '' : (id as Role))}
          options={[
            { id: 'all', label: t('permissions.all') },
            ...roles.map(role => ({ id: role, label: t(`role.${role}`) })),
          ]}
        />
      </div>
      <div className={styles.matrix}>
        <Table caption={t('permissions.caption')} dense>
          <thead>
            <tr>
              <th scope="col">{t('permissions.action')}</th>
              {shown.map(role => (
                <th key={role} scope="col" className={styles.column}>
                  {t(`role.${role}`)}
                </th>
              ))}
              <th scope="col" className={styles.column}>
                {t('permissions.programs')}
              </th>
              <th scope="col" className={styles.column}>
                {t('permissions.factor')}
              </th>
            </tr>
          </thead>
          <tbody>
            {[...groups].map(([group, rows]) => (
              <Fragment key={group}>
                <tr className={styles.group}>
                  <th scope="colgroup" colSpan={shown.length + 3}>
                    {groupOf(group)}
                  </th>
                </tr>
                {rows.map(row => (
                  <tr key={row.action}>
                    <th scope="row" title={row.action} className={styles.verb}>
                      {verbOf(row.action)}
                    </th>
                    {shown.map(role => (
                      <td key={role} className={styles.column}>
                        <Cell relations={row.roles[role] ?? []} />
                      </td>
                    ))}
                    <td className={styles.column}>{row.programs ? t('permissions.yes') : ''}</td>
                    <td className={styles.column}>{row.secondFactor ? t('permissions.yes') : ''}</td>
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
