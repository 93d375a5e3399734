import { useState } from 'react'
import type { RouteInput, RouteView } from '../../node/peers/view.js'
import { useAct } from '../api/data.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Choices, TextArea, TextField } from '../parts/Field.js'
import { HoursField } from '../parts/HoursField.js'
import { Select } from '../parts/Select.js'
import { Ticks } from '../parts/Ticks.js'
import { useToasts } from '../parts/Toast.js'
import { hourWords } from '../words/hours.js'
import { network as words } from '../words/network.js'
import { routes as routeWords } from '../words/routes.js'
import { useWords } from '../words/words.js'
import styles from './Peer.module.css'
import own from './Route.module.css'
import {
  draftOf,
  faultsOf,
  inputOf,
  type RouteDraft,
  refusals,
  syntaxes,
  turns,
  urgencies,
} from './route-form.js'
import type { Network } from './use-network.js'

const modalities = ['CT', 'MR', 'CR', 'DX', 'US', 'MG', 'PT', 'NM', 'XA', 'RF']

export interface RouteFormProps {
  route: RouteView | undefined
  network: Network
  onClose: () => void
}

export function RouteForm({ route, network, onClose }: RouteFormProps) {
  const t = useWords(words)
  const r = useWords(routeWords)
  const h = useWords(hourWords)
  const toasts = useToasts()
  // What was there when the form was opened: others may change it meanwhile.
  const [revision] = useState(route?.revision)
  const [draft, setDraft] = useState(() => draftOf(route))
  const [checked, setChecked] = useState(false)
  const set = (change: Partial<RouteDraft>) => setDraft(before => ({ ...before, ...change }))
  const faults = faultsOf(draft)
  const offered = [...new Set([...modalities, ...draft.modality])]
  const nameOf = (id: string) => network.sites.find(site => site.id === id)?.name ?? id
  const precise =
    draft.bodyPart !== '' || draft.description !== '' || draft.urgency.length > 0 || draft.request !== 'any'
  const unusual =
    draft.transferSyntax !== 'keep' ||
    draft.hours.length > 0 ||
    draft.priority !== 'normal' ||
    draft.whenRefused !== 'uncompressed'

  const save = useAct<RouteView, RouteInput>(
    body =>
      route
        ? { method: 'PUT', path: `/api/routes/${encodeURIComponent(route.id)}`, body: { ...body, revision } }
        : { method: 'POST', path: '/api/routes', body },
    {
      refresh: [['routes']],
      onDone: saved => {
        toasts.say({ text: t(route ? 'said.saved' : 'said.added'), detail: saved.id, tone: 'ok' })
        onClose()
      },
    },
  )
  const submit = () => {
    setChecked(true)
    if (!Object.values(faults).includes(true)) save.mutate(inputOf(draft, route?.enabled ?? true))
  }
  return (
    <Dialog
      title={route ? t('route.edit', { id: route.id }) : t('route.new')}
      open
      size="l"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t(route ? 'peer.save' : 'peer.create')}
          busy={save.isPending}
          onAct={submit}
          onClose={onClose}
        />
      }
    >
      {route ? null : (
        <TextField
          label={t('field.id')}
          hint={t('field.id.hint')}
          required
          autoFocus
          spellCheck={false}
          value={draft.id}
          onChange={id => set({ id })}
          problem={checked && faults.id ? t('fault.id') : undefined}
        />
      )}
      <div className={styles.pair}>
        <Choices
          label={t('route.when')}
          value={draft.kind}
          onChange={kind => set({ kind, source: '' })}
          choices={[
            { id: 'site', label: t('route.when.site') },
            { id: 'peer', label: t('route.when.peer') },
          ]}
        />
        <Select
          label={t('route.when.which')}
          required
          placeholder={t('choose')}
          value={draft.source}
          onChange={source => set({ source })}
          problem={checked && faults.source ? t('fault.route.when') : undefined}
          options={
            draft.kind === 'site'
              ? network.sites.map(site => ({ id: site.id, label: site.name }))
              : network.peers.map(peer => ({ id: peer.id, label: peer.id, hint: peer.siteName }))
          }
        />
      </div>
      <Ticks
        legend={t('route.modality')}
        hint={t('route.modality.hint')}
        values={offered.map(each => ({ id: each, label: each }))}
        chosen={draft.modality}
        onChange={modality => set({ modality })}
      />
      <details className={own.fold} open={precise}>
        <summary>{r('more')}</summary>
        <div className={styles.form}>
          <TextField
            label={r('body-part')}
            hint={r('body-part.hint')}
            optional
            spellCheck={false}
            value={draft.bodyPart}
            onChange={bodyPart => set({ bodyPart })}
          />
          <TextArea
            label={r('description')}
            hint={r('description.hint')}
            optional
            lines={2}
            value={draft.description}
            onChange={description => set({ description })}
          />
          <Ticks
            legend={r('urgency')}
            hint={r('urgency.hint')}
            values={urgencies.map(id => ({ id, label: r(`urgency.${id}`) }))}
            chosen={draft.urgency}
            onChange={urgency => set({ urgency: urgencies.filter(each => urgency.includes(each)) })}
          />
          <Select
            label={r('request')}
            value={draft.request}
            onChange={request => set({ request })}
            options={[
              { id: 'any', label: r('request.any') },
              { id: 'some', label: r('request.some') },
              ...network.sites
                .filter(site => site.kind === 'reading')
                .map(site => ({
                  id: `reading:${site.id}`,
                  label: r('request.reading', { site: site.name }),
                })),
              ...network.contracts.map(({ id, requesting, reading }) => ({
                id: `contract:${id}`,
                label: r('request.contract', { contract: id }),
                hint: `${nameOf(requesting)} → ${nameOf(reading)}`,
              })),
            ]}
          />
        </div>
      </details>
      <Ticks
        legend={t('route.to.which')}
        problem={checked && faults.to ? t('fault.route.to') : undefined}
        values={network.peers
          .filter(peer => peer.may.includes('store'))
          .map(peer => ({ id: peer.id, label: `${peer.id} · ${peer.siteName}` }))}
        chosen={draft.to}
        onChange={to => set({ to })}
      />
      <details className={own.fold} open={unusual || (checked && faults.hours)}>
        <summary>{r('how')}</summary>
        <div className={styles.form}>
          <HoursField
            label={r('hours')}
            hint={r('hours.hint')}
            hours={draft.hours}
            onChange={hours => set({ hours })}
            problem={checked && faults.hours ? h('fault') : undefined}
          />
          <div className={styles.pair}>
            <Select
              label={r('priority')}
              value={draft.priority}
              onChange={id => set({ priority: turns.find(each => each === id) ?? 'normal' })}
              options={turns.map(id => ({ id, label: r(`priority.${id}`) }))}
            />
            <Select
              label={r('refused')}
              value={draft.whenRefused}
              onChange={id => set({ whenRefused: refusals.find(each => each === id) ?? 'uncompressed' })}
              options={refusals.map(id => ({ id, label: r(`refused.${id}`) }))}
            />
          </div>
          <Select
            label={r('syntax')}
            hint={r('syntax.why')}
            value={draft.transferSyntax}
            onChange={id => set({ transferSyntax: syntaxes.find(each => each === id) ?? 'keep' })}
            options={syntaxes.map(id => ({ id, label: r(`syntax.${id}`), hint: r(`syntax.${id}.hint`) }))}
          />
        </div>
      </details>
      {save.error ? <ErrorBox trouble={save.error} /> : null}
    </Dialog>
  )
}
