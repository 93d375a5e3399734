import { ChevronDown, ChevronRight, Printer } from 'lucide-react'
import { Fragment, useId, useState } from 'react'
import type { PermissionView, Relation, Role } from '../../node/accounts/view.js'
import { Button } from '../parts/Button.js'
import { Checkbox } from '../parts/Checkbox.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Table } from '../parts/Table.js'
import { accounts as words } from '../words/accounts.js'
import { useWords } from '../words/words.js'
import styles from './PermissionMatrix.module.css'
import { plain } from './plain.js'
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

/** The table the node enforces, grouped by what is acted on, with the calls that ask each row. */
export function PermissionMatrix() {
  const t = useWords(words)
  const table = usePermissions()
  const { groupOf, verbOf } = useActionWords()
  const [only, setOnly] = useState<Role | ''>('')
  const [sought, setSought] = useState('')
  const [everyCall, setEveryCall] = useState(false)
  if (table.error) return <ErrorBox trouble={table.error} onRetry={() => table.refetch()} />
  if (!table.data) return <Skeleton lines={10} height={20} />
  const shown = roles.filter(role => only === '' || role === only)
  const fits = ({ action, calls }: PermissionView) =>
    plain([groupOf(action), verbOf(action), action, ...calls].join(' ')).includes(plain(sought))
  const rows = table.data.items.filter(each => (only === '' || each.roles[only] !== undefined) && fits(each))
  const groups = new Map<string, PermissionView[]>()
  for (const row of rows) {
    const group = row.action.split('.')[0] ?? ''
    groups.set(group, [...(groups.get(group) ?? []), row])
  }
  return (
    <>
      <p className={styles.intro}>{t('permissions.intro')}</p>
      <div className={styles.tools}>
        <Select
          label={t('permissions.role')}
          value={only === '' ? 'all' : only}
          onChange={id => setOnly(id === 'all' ? '' : (id as Role))}
          options={[
            { id: 'all', label: t('permissions.all') },
            ...roles.map(role => ({ id: role, label: t(`role.${role}`) })),
          ]}
        />
        <TextField
          label={t('permissions.sought')}
          type="search"
          value={sought}
          onChange={setSought}
          autoComplete="off"
        />
        <Checkbox value={everyCall} onChange={setEveryCall}>
          {t('permissions.calls.all')}
        </Checkbox>
        <Button icon={<Printer aria-hidden />} onPress={() => window.print()}>
          {t('permissions.print')}
        </Button>
      </div>
      <p className={styles.key}>
        <span>
          <Cell relations={['own']} /> {t('relation.own')}
        </span>
        <span>
          <Cell relations={['party']} /> {t('relation.party')}
        </span>
        <span>
          <Cell relations={['former']} /> {t('relation.former')}
        </span>
        <span className={styles.count} role="status">
          {t('permissions.count', { n: rows.length })}
        </span>
      </p>
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
            {[...groups].map(([group, ofGroup]) => (
              <Fragment key={group}>
                <tr className={styles.group}>
                  <th scope="rowgroup" colSpan={shown.length + 3}>
                    {groupOf(group)}
                  </th>
                </tr>
                {ofGroup.map(row => (
                  <Row key={`${row.action} ${everyCall}`} row={row} shown={shown} open={everyCall} />
                ))}
              </Fragment>
            ))}
            {rows.length === 0 ? (
              <tr>
                <td colSpan={shown.length + 3} className={styles.none}>
                  {t('permissions.none')}
                </td>
              </tr>
            ) : null}
          </tbody>
        </Table>
      </div>
    </>
  )
}

/** One action, and below it the calls that ask it. */
function Row({ row, shown, open: first }: { row: PermissionView; shown: readonly Role[]; open: boolean }) {
  const t = useWords(words)
  const { verbOf } = useActionWords()
  const id = useId()
  const [open, setOpen] = useState(first)
  const Arrow = open ? ChevronDown : ChevronRight
  return (
    <>
      <tr>
        <th scope="row" title={row.action} className={styles.verb}>
          {row.calls.length > 0 ? (
            <button
              type="button"
              aria-expanded={open}
              aria-controls={open ? id : undefined}
              onClick={() => setOpen(!open)}
            >
              <Arrow aria-hidden size={14} />
              {verbOf(row.action)}
              <span className="unseen">{t('permissions.calls', { n: row.calls.length })}</span>
            </button>
          ) : (
            <span>{verbOf(row.action)}</span>
          )}
        </th>
        {shown.map(role => (
          <td key={role} className={styles.column}>
            <Cell relations={row.roles[role] ?? []} />
          </td>
        ))}
        <td className={styles.column}>{row.programs ? t('permissions.yes') : ''}</td>
        <td className={styles.column}>{row.secondFactor ? t('permissions.yes') : ''}</td>
      </tr>
      {open && row.calls.length > 0 ? (
        <tr id={id} className={styles.calls}>
          <td colSpan={shown.length + 3}>
            <ul aria-label={t('permissions.calls', { n: row.calls.length })}>
              {row.calls.map(call => (
                <li key={call}>
                  <code>{call}</code>
                </li>
              ))}
            </ul>
          </td>
        </tr>
      ) : null}
    </>
  )
}

const RELATIONS = ['own', 'party', 'former'] as const

function Cell({ relations }: { relations: Relation[] }) {
  const t = useWords(words)
  const has = RELATIONS.filter(relation => relations.includes(relation))
  if (has.length === 0)
    return (
      <span className={styles.no}>
        <span aria-hidden>·</span>
        <span className="unseen">{t('relation.none')}</span>
      </span>
    )
  const said = has.map(relation => t(`relation.${relation}`)).join(', ')
  return (
    <span className={styles.cell} title={said}>
      {has.map(relation =>
        relation === 'own' ? (
          <b key={relation} aria-hidden>
            {t('relation.own.key')}
          </b>
        ) : (
          <i key={relation} aria-hidden>
            {t(`relation.${relation}.key`)}
          </i>
        ),
      )}
      <span className="unseen">{said}</span>
    </span>
  )
}
