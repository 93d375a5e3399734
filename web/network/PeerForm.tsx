import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import type { PeerInput, PeerView } from '../../node/peers/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, Choices, TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import styles from './Peer.module.css'
import { draftOf, faultsOf, inputOf, type PeerDraft, services } from './peer-form.js'
import type { Network } from './use-network.js'

export function PeerForm({ peer, network }: { peer: PeerView | undefined; network: Network }) {
  const t = useWords(words)
  const { session, can } = useSession()
  const toasts = useToasts()
  const [, go] = useLocation()
  // An administrator adds to their own site; the operator's own has no PACS.
  const own = network.sites.find(site => site.id === session.account.site && site.kind !== 'operator')
  // What was there when the form was opened: others may change it meanwhile.
  const [revision, setRevision] = useState(peer?.revision)
  const [draft, setDraft] = useState(() => draftOf(peer, own?.id ?? ''))
  const [checked, setChecked] = useState(false)
  const input = inputOf(draft)
  const faults = checked ? faultsOf(input) : {}
  const save = useAct<PeerView, PeerInput>(
    body =>
      peer
        ? { method: 'PUT', path: `/api/peers/${encodeURIComponent(peer.id)}`, body: { ...body, revision } }
        : { method: 'POST', path: '/api/peers', body },
    {
      refresh: [['peers']],
      onDone: saved => {
        setRevision(saved.revision)
        toasts.say({ text: t(peer ? 'said.saved' : 'said.added'), detail: saved.id, tone: 'ok' })
        if (!peer) go(`/network/peers/${encodeURIComponent(saved.id)}`)
      },
    },
  )
  const problem = (name: keyof PeerDraft) => {
    const fault = faults[name]
    if (fault) return t(fault.key, { title: fault.title, range: fault.range })
    return save.error?.fields.find(field => field.path === name || field.path.startsWith(`${name}.`))?.message
  }
  const field = (name: Exclude<keyof PeerDraft, 'may' | 'tls' | 'commitment'>) => ({
    value: draft[name],
    onChange: (value: string) => setDraft(before => ({ ...before, [name]: value })),
    problem: problem(name),
    disabled: !may,
    spellCheck: false,
    autoComplete: 'off',
  })
  const may = can('peer.change')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (Object.keys(faultsOf(input)).length === 0) save.mutate(input)
  }
  return (
    <form className={`card ${styles.form}`} onSubmit={submit} noValidate>
      <div className={styles.pair}>
        {peer ? null : (
          <TextField label={t('field.id')} hint={t('field.id.hint')} required autoFocus {...field('id')} />
        )}
        <Select
          label={t('field.site')}
          value={draft.site}
          onChange={site => setDraft(before => ({ ...before, site }))}
          options={network.sites.map(site => ({ id: site.id, label: site.name }))}
          problem={problem('site')}
          placeholder={t('choose')}
          disabled={!may}
        />
      </div>
      <div className={styles.hostPort}>
        <TextField label={t('field.host')} hint={t('field.host.hint')} required {...field('host')} />
        <TextField label={t('field.port')} required inputMode="numeric" {...field('port')} />
      </div>
      <TextField
        label={t('field.aeTitles')}
        hint={t('field.aeTitles.hint')}
        required
        {...field('aeTitles')}
      />
      <TextField label={t('field.callUs')} hint={t('field.callUs.hint')} required {...field('callUs')} />
      <TextField label={t('field.from')} hint={t('field.from.hint')} required {...field('from')} />
      <Choices<PeerInput['tls']>
        label={t('field.tls')}
        value={draft.tls}
        onChange={tls => may && setDraft(before => ({ ...before, tls }))}
        choices={(['none', 'server', 'mutual'] as const).map(id => ({
          id,
          label: t(`tls.${id}`),
          hint: t(`tls.${id}.hint`),
        }))}
      />
      {draft.tls === 'none' ? null : (
        <TextField
          label={t('field.certificate')}
          hint={t('field.certificate.hint')}
          required={draft.tls === 'mutual'}
          {...field('certificate')}
        />
      )}
      {draft.tls === 'mutual' || draft.nextCertificate !== '' ? (
        <TextField
          label={t('field.nextCertificate')}
          hint={t('field.nextCertificate.hint')}
          {...field('nextCertificate')}
        />
      ) : null}
      <fieldset className={styles.rights}>
        <legend>{t('field.may')}</legend>
        {services.map(service => (
          <Checkbox
            key={service}
            value={draft.may.includes(service)}
            disabled={!may}
            onChange={on =>
              setDraft(before => ({
                ...before,
                may: on ? [...before.may, service] : before.may.filter(each => each !== service),
              }))
            }
          >
            {t(`service.${service}`)}
          </Checkbox>
        ))}
      </fieldset>
      {draft.may.includes('store') ? (
        <Choices<PeerDraft['commitment']>
          label={t('field.commitment')}
          value={draft.commitment}
          onChange={commitment => may && setDraft(before => ({ ...before, commitment }))}
          choices={(['relay', 'keeper'] as const).map(id => ({
            id,
            label: t(`commitment.${id}`),
            hint: t(`commitment.${id}.hint`),
          }))}
        />
      ) : null}
      <div className={styles.narrow}>
        <TextField label={t('field.associations')} required inputMode="numeric" {...field('associations')} />
      </div>
      {save.error ? <ErrorBox trouble={save.error} /> : null}
      {may ? (
        <div className="row">
          <Button type="submit" look="go" busy={save.isPending}>
            {t(peer ? 'peer.save' : 'peer.create')}
          </Button>
        </div>
      ) : null}
    </form>
  )
}
