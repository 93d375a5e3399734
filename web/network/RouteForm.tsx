import { useState } from 'react'
import type { RouteInput, RouteView } from '../../node/peers/view.js'
import { useAct } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, Choices, TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { useToasts } from '../parts/Toast.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import styles from './Peer.module.css'
import type { Network } from './use-network.js'

const modalities = ['CT', 'MR', 'CR', 'DX', 'US', 'MG', 'PT', 'NM', 'XA', 'RF']

export interface RouteFormProps {
  route: RouteView | undefined
  network: Network
  onClose: () => void
}

export function RouteForm({ route, network, onClose }: RouteFormProps) {
  const t = useWords(words)
  const toasts = useToasts()
  const [id, setId] = useState(route?.id ?? '')
  const [kind, setKind] = useState<'site' | 'peer'>(route?.when.peer ? 'peer' : 'site')
  const [source, setSource] = useState(route?.when.peer ?? route?.when.site ?? '')
  const [chosen, setChosen] = useState<string[]>(route?.when.modality ?? [])
  const [to, setTo] = useState<string[]>(route?.to ?? [])
  const [checked, setChecked] = useState(false)
  const offered = [...new Set([...modalities, ...chosen])]
  const named = /^[a-z0-9][a-z0-9-]{0,63}$/.test(id)
  const sound = named && source !== '' && to.length > 0

  const save = useAct<RouteView, RouteInput>(
    body =>
      route
        ? { method: 'PUT', path: `/api/routes/${encodeURIComponent(route.id)}`, body }
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
    if (!sound) return
    save.mutate({
      id,
      enabled: route?.enabled ?? true,
      when: { [kind]: source, ...(chosen.length > 0 ? { modality: chosen } : {}) },
      to,
      transferSyntax: 'keep',
    })
  }
  return (
    <Dialog
      title={route ? t('route.edit', { id: route.id }) : t('route.new')}
      open
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onPress={onClose}>
            {t('cancel')}
          </Button>
          <Button look="go" busy={save.isPending} onPress={submit}>
            {t(route ? 'peer.save' : 'peer.create')}
          </Button>
        </>
      }
    >
      {route ? null : (
        <TextField
          label={t('field.id')}
          hint={t('field.id.hint')}
          required
          autoFocus
          spellCheck={false}
          value={id}
          onChange={setId}
          problem={checked && !named ? t('fault.id') : undefined}
        />
      )}
      <Choices
        label={t('route.when')}
        value={kind}
        onChange={next => {
          setKind(next)
          setSource('')
        }}
        choices={[
          { id: 'site', label: t('route.when.site') },
          { id: 'peer', label: t('route.when.peer') },
        ]}
      />
      <Select
        label={t('route.when.which')}
        required
        placeholder={t('choose')}
        value={source}
        onChange={setSource}
        problem={checked && source === '' ? t('fault.route.when') : undefined}
        options={
          kind === 'site'
            ? network.sites.map(site => ({ id: site.id, label: site.name }))
            : network.peers.map(peer => ({ id: peer.id, label: peer.id, hint: peer.siteName }))
        }
      />
      <Ticks
        legend={t('route.modality')}
        hint={t('route.modality.hint')}
        values={offered.map(each => ({ id: each, label: each }))}
        chosen={chosen}
        onChange={setChosen}
      />
      <Ticks
        legend={t('route.to.which')}
        hint={t('route.keep')}
        problem={checked && to.length === 0 ? t('fault.route.to') : undefined}
        values={network.peers
          .filter(peer => peer.may.includes('store'))
          .map(peer => ({ id: peer.id, label: `${peer.id} · ${peer.siteName}` }))}
        chosen={to}
        onChange={setTo}
      />
      {save.error ? <ErrorBox trouble={save.error} /> : null}
    </Dialog>
  )
}

interface TicksProps {
  legend: string
  hint: string
  problem?: string | undefined
  values: { id: string; label: string }[]
  chosen: string[]
  onChange: (chosen: string[]) => void
}

function Ticks({ legend, hint, problem, values, chosen, onChange }: TicksProps) {
  return (
    <fieldset className={styles.rights}>
      <legend>{legend}</legend>
      <small className={styles.whole}>{hint}</small>
      {values.map(({ id, label }) => (
        <Checkbox
          key={id}
          value={chosen.includes(id)}
          onChange={on => onChange(on ? [...chosen, id] : chosen.filter(each => each !== id))}
        >
          {label}
        </Checkbox>
      ))}
      {problem ? (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      ) : null}
    </fieldset>
  )
}
