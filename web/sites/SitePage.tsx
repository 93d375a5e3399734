import { Building2, DoorClosed, DoorOpen, Pencil, UserPlus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import type { AccountView } from '../../node/accounts/view.js'
import type { SiteClosingView } from '../../node/offsite/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { ContractView, SiteView } from '../../node/sites/view.js'
import { useValidWords } from '../accounts/valid-words.js'
import { pathOf } from '../api/call.js'
import { useAct, useData } from '../api/data.js'
import { usePages } from '../api/pages.js'
import { ContractState } from '../contracts/ContractPage.js'
import { Back } from '../parts/Back.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { ReasonDialog } from '../parts/ReasonDialog.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { accounts as accountWords } from '../words/accounts.js'
import { siteWords as words } from '../words/sites.js'
import { useWords } from '../words/words.js'
import { useGroups } from './GroupTable.js'
import { SiteForm } from './SiteForm.js'
import styles from './Sites.module.css'
import type { Revised } from './site-form.js'

/** /network/sites/:id: what a site is, who has a role there, what it has agreed. */
export function SitePage({ id, base }: { id: string; base: string }) {
  const t = useWords(words)
  const { can, role, session } = useSession()
  const asked = useData<ListView<Revised<SiteView>>>(['sites'], '/api/sites')
  const contracts = useData<ListView<ContractView>>(['contracts'], '/api/contracts')
  const groups = useGroups()
  const [opened, open] = useState<'change' | 'closing'>()
  const site = asked.data?.items.find(each => each.id === id)
  const nameOf = (other: string) => asked.data?.items.find(each => each.id === other)?.name ?? other
  if (asked.error && !asked.data)
    return (
      <Page title={t('back')}>
        <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} />
      </Page>
    )
  if (!asked.data)
    return (
      <Page title={t('back')}>
        <Skeleton lines={8} height={32} />
      </Page>
    )
  if (site === undefined)
    return (
      <Page title={t('back')}>
        <Empty
          icon={<Building2 aria-hidden />}
          title={t('missing')}
          action={<ButtonLink href={base}>{t('back')}</ButtonLink>}
        />
      </Page>
    )
  const mine = role === 'operator' || session.account.site === site.id
  const own = (contracts.data?.items ?? []).filter(
    ({ requesting, reading }) => requesting === site.id || reading === site.id,
  )
  const group = groups.data?.items.find(each => !each.closed && each.sites.includes(site.id))
  const facts: [string, ReactNode][] = [
    [
      t('field.id'),
      <span className="code" key="id">
        {site.id}
      </span>,
    ],
    [
      t('field.issuer'),
      <span className="code" key="issuer">
        {site.issuer ?? site.id.toUpperCase()}
      </span>,
    ],
    [t('field.zone'), site.timeZone ?? t('zone.node')],
    [t('part.group'), group === undefined ? t('group.none') : group.name],
  ]
  return (
    <Page
      title={site.name}
      note={
        <>
          <Tag>{t(`kind.${site.kind}`)}</Tag>{' '}
          {site.closed ? <Tag tone="near">{t('state.closed')}</Tag> : null}
        </>
      }
      filters={<Back href={base} label={t('back')} worded />}
      actions={
        <>
          {can('site.make') && site.kind !== 'operator' ? (
            <Button
              look="quiet"
              icon={site.closed ? <DoorOpen aria-hidden /> : <DoorClosed aria-hidden />}
              onPress={() => open('closing')}
            >
              {t(site.closed ? 'reopen' : 'close')}
            </Button>
          ) : null}
          {can('site.change') && mine ? (
            <Button icon={<Pencil aria-hidden />} onPress={() => open('change')}>
              {t('edit')}
            </Button>
          ) : null}
        </>
      }
    >
      {site.closed ? <p className={styles.band}>{t('closed.band')}</p> : null}
      <div className={styles.cards}>
        <div className={styles.column}>
          {can('account.see') && mine ? <People site={site} /> : null}
          <section className={styles.card}>
            <h2>{t('part.contracts')}</h2>
            {own.length === 0 ? <p className="second">{t('contracts.none')}</p> : null}
            <ul className={styles.lines}>
              {own.map(contract => (
                <li key={contract.id}>
                  <Link href={`/network/contracts/${encodeURIComponent(contract.id)}`}>
                    {contract.requesting === site.id
                      ? t('contract.asks', { site: nameOf(contract.reading) })
                      : t('contract.reads', { site: nameOf(contract.requesting) })}
                  </Link>
                  <ContractState contract={contract} />
                </li>
              ))}
            </ul>
          </section>
        </div>
        <div className={styles.column}>
          <section className={styles.card}>
            <h2>{t('part.site')}</h2>
            <dl className={styles.facts}>
              {facts.map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </section>
          <section className={styles.card}>
            <h2>{t('telephones')}</h2>
            {site.telephones === undefined ? <p className="second">{t('telephones.none')}</p> : null}
            <ul className={styles.lines}>
              {(site.telephones ?? []).map(({ label, number }) => (
                <li key={`${label} ${number}`}>
                  <span>{label}</span>
                  <a className={styles.number} href={`tel:${number.replace(/[^+\d]/g, '')}`}>
                    {number}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        </div>
      </div>
      {opened === 'change' ? <SiteForm site={site} onClose={() => open(undefined)} /> : null}
      {opened === 'closing' ? <Closing site={site} onClose={() => open(undefined)} /> : null}
    </Page>
  )
}

/** Who has a role here, and for how long. */
function People({ site }: { site: SiteView }) {
  const t = useWords(words)
  const a = useWords(accountWords)
  const valid = useValidWords()
  const list = usePages<AccountView>(['accounts'], pathOf('/api/accounts', { site: site.id, limit: '500' }))
  const rows = (list.items ?? []).flatMap(account =>
    account.memberships
      .filter(membership => membership.site === site.id)
      .map(membership => ({ account, membership })),
  )
  return (
    <section className={styles.card}>
      <div className="row">
        <h2>{t('part.people')}</h2>
        <span className="push">
          <ButtonLink href="/accounts" icon={<UserPlus aria-hidden />}>
            {t('people.add')}
          </ButtonLink>
        </span>
      </div>
      <small className="second">{t('people.hint')}</small>
      {list.problem ? <ErrorBox trouble={list.problem} onRetry={() => list.readAgain()} /> : null}
      {!list.items && !list.problem ? <Skeleton lines={3} height={32} /> : null}
      {list.items && rows.length === 0 ? <p>{t('people.none')}</p> : null}
      {rows.length === 0 ? null : (
        <Table caption={t('part.people')} dense>
          <Head columns={[t('people.column.name'), t('people.column.role'), t('people.column.valid')]} />
          <tbody>
            {rows.map(({ account, membership }) => (
              <tr key={membership.id}>
                <th scope="row" className={styles.name}>
                  <Link href={`/accounts/${account.id}`}>{account.name}</Link>
                </th>
                <td>{a(`role.${membership.role}`)}</td>
                <td>{valid(membership)}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  )
}

function Closing({ site, onClose }: { site: Revised<SiteView>; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const [before] = useState(site)
  const closed = before.closed !== true
  const act = useAct<SiteView, string>(
    reason => ({
      method: 'POST',
      path: `/api/sites/${encodeURIComponent(before.id)}/closing`,
      body: { closed, reason, revision: before.revision },
    }),
    {
      refresh: [['sites'], ['contracts']],
      onDone: saved => {
        toasts.say({ text: t(closed ? 'closed' : 'reopened'), detail: saved.name, tone: 'ok' })
        onClose()
      },
    },
  )
  return (
    <ReasonDialog
      title={t(closed ? 'close.title' : 'reopen.title', { name: before.name })}
      label={t('close.reason')}
      hint={t('close.reason.hint')}
      act={t(closed ? 'close' : 'reopen')}
      keep={t(closed ? 'close.keep' : 'reopen.keep')}
      busy={act.isPending}
      trouble={null}
      onAct={reason => act.mutate(reason)}
      onClose={onClose}
    >
      <p>{t(closed ? 'close.text' : 'reopen.text')}</p>
      {closed ? <Stops site={before.id} /> : null}
      {act.error?.code === 'conflict' ? (
        <ErrorBox trouble={{ message: '' }} title={t('close.refused')} words={act.error.detail} />
      ) : act.error ? (
        <ErrorBox trouble={act.error} />
      ) : null}
    </ReasonDialog>
  )
}

/** What stops with a site, by name, and what must have ended before. */
function Stops({ site }: { site: string }) {
  const t = useWords(words)
  const asked = useData<SiteClosingView>(
    ['sites', 'closing'],
    `/api/sites/${encodeURIComponent(site)}/closing`,
  )
  const view = asked.data
  if (asked.error) return <ErrorBox trouble={asked.error} onRetry={() => void asked.refetch()} />
  if (!view) return <Skeleton lines={2} height={20} />
  const { peers, routes, contracts, acts, transfers } = view
  const before = [
    contracts.length > 0 ? t('close.contracts', { n: contracts.length, ids: contracts.join(', ') }) : '',
    acts > 0 ? t('close.acts', { n: acts }) : '',
    transfers > 0 ? t('close.transfers', { n: transfers }) : '',
  ].filter(Boolean)
  return (
    <>
      <ul className={styles.stops}>
        <li>{peers.length === 0 ? t('close.noPeer') : t('close.peers', { ids: peers.join(', ') })}</li>
        <li>{routes.length === 0 ? t('close.noRoute') : t('close.routes', { ids: routes.join(', ') })}</li>
      </ul>
      {before.length === 0 ? null : (
        <p className={styles.problem}>
          {t('close.before')} {before.join(' · ')}
        </p>
      )}
    </>
  )
}
