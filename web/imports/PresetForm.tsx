import { useState } from 'react'
import type { PresetInput, PresetView } from '../../node/imports/view.js'
import { useAct } from '../api/data.js'
import type { Network } from '../network/use-network.js'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Checkbox, Choices, TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { Ticks } from '../parts/Ticks.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { presets as words } from '../words/presets.js'
import { useWords } from '../words/words.js'
import styles from './Presets.module.css'
import { PresetTrial } from './PresetTrial.js'
import {
  accessions,
  draftOf,
  faultsOf,
  inputOf,
  leaveOutOf,
  leftOutKinds,
  type PresetDraft,
  shortName,
  urgencies,
} from './preset-form.js'

interface Part {
  draft: PresetDraft
  set: (change: Partial<PresetDraft>) => void
  network: Network
}

/** What a desk does with every disc, and beside it what that would do with one that was read. */
export function PresetForm({
  preset,
  network,
  onReadAgain,
  onDone,
}: {
  preset: PresetView | undefined
  network: Network
  onReadAgain: () => void
  onDone: () => void
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const { session } = useSession()
  const ownSite = network.sites.find(({ id, kind }) => id === session.account.site && kind !== 'operator')
  // What was read when the form was opened: others may write theirs meanwhile.
  const [read] = useState(preset)
  const [draft, setDraft] = useState(() =>
    draftOf(preset, { site: ownSite?.id ?? '', keep: t('keep.usual') }),
  )
  const [tried, setTried] = useState(false)
  const [removing, setRemoving] = useState(false)
  const set = (change: Partial<PresetDraft>) => setDraft(before => ({ ...before, ...change }))
  const faults = faultsOf(draft)
  const save = useAct<PresetView, PresetInput>(
    body => ({
      method: 'PUT',
      path: `/api/presets/${encodeURIComponent(body.id)}`,
      body: { ...body, revision: read?.revision ?? 0 },
    }),
    {
      refresh: [['presets']],
      onDone: saved => {
        toasts.say({ text: t(read ? 'said.saved' : 'said.created'), detail: saved.name, tone: 'ok' })
        onDone()
      },
    },
  )
  const submit = () => {
    setTried(true)
    if (!Object.values(faults).includes(true) && !save.isPending) save.mutate(inputOf(draft))
  }
  useActions([
    {
      id: 'preset-save',
      group: t('tab'),
      label: t(read ? 'save' : 'create'),
      keys: 'Ctrl+Enter',
      run: submit,
    },
  ])
  const isConflict = save.error?.code === 'conflict'
  const part = { draft, set, network }
  return (
    <div className={styles.two}>
      <form
        className={styles.form}
        onSubmit={event => {
          event.preventDefault()
          submit()
        }}
      >
        <section className={`card ${styles.group}`}>
          <h2>{t('group.desk')}</h2>
          {read ? null : ownSite ? null : (
            <Select
              label={t('site')}
              required
              value={draft.site}
              onChange={site => set({ site, to: [], group: '' })}
              problem={tried && faults.site ? t('site.fault') : undefined}
              options={network.sites
                .filter(({ kind }) => kind !== 'operator')
                .map(({ id, name }) => ({ id, label: name }))}
            />
          )}
          <div className={styles.pair}>
            <TextField
              label={t('name')}
              hint={t('name.hint')}
              required
              autoFocus={!read}
              maxLength={80}
              value={draft.name}
              onChange={name =>
                set({ name, ...(!read && draft.id === shortName(draft.name) ? { id: shortName(name) } : {}) })
              }
              problem={tried && faults.name ? t('name.fault') : undefined}
            />
            {read ? null : (
              <TextField
                label={t('id')}
                hint={t('id.hint')}
                required
                spellCheck={false}
                maxLength={64}
                value={draft.id}
                onChange={id => set({ id })}
                problem={tried && faults.id ? t('id.fault') : undefined}
              />
            )}
          </div>
          <Destinations {...part} before={read?.to ?? []} />
        </section>
        <Writing {...part} />
        <LeavingOut {...part} />
        <Asking {...part} />
        <div className={styles.last}>
          {isConflict ? (
            <div className={styles.conflict} role="alert">
              <b>{t(read ? 'conflict.title' : 'exists.title')}</b>
              {read ? (
                <>
                  <span>{t('conflict.text')}</span>
                  <Button size="s" onPress={onReadAgain}>
                    {t('conflict.read')}
                  </Button>
                </>
              ) : null}
            </div>
          ) : save.error ? (
            <ErrorBox
              trouble={save.error}
              {...(save.error.fields[0] ? { title: save.error.fields[0].message } : {})}
            />
          ) : null}
          <footer className={styles.foot}>
            {read ? (
              <Button look="quiet" onPress={() => setRemoving(true)}>
                {t('remove')}
              </Button>
            ) : null}
            <span className="push" />
            <Button look="quiet" onPress={onDone}>
              {t('cancel')}
            </Button>
            <Button type="submit" look="go" keys="Ctrl+Enter" busy={save.isPending}>
              {t(read ? 'save' : 'create')}
            </Button>
          </footer>
        </div>
      </form>
      {draft.site === '' ? null : <PresetTrial site={draft.site} leaveOut={leaveOutOf(draft)} />}
      {removing && read ? <Removal preset={read} onDone={onDone} onClose={() => setRemoving(false)} /> : null}
    </div>
  )
}

function Destinations({ draft, set, network, before }: Part & { before: readonly string[] }) {
  const t = useWords(words)
  // Also those of others that were chosen before: this person sees no more of them than their names.
  const own = network.peers.filter(({ may, site }) => site === draft.site && may.includes('store'))
  const ids = [...new Set([...own.map(({ id }) => id), ...before])]
  return (
    <Ticks
      legend={t('to')}
      hint={ids.length === 0 ? t('to.nobody') : draft.to.length === 0 ? t('to.none') : t('to.hint')}
      values={ids.map(id => ({ id, label: id }))}
      chosen={draft.to}
      onChange={to => set({ to })}
    />
  )
}

function Writing({ draft, set }: Part) {
  const t = useWords(words)
  return (
    <section className={`card ${styles.group}`}>
      <h2>{t('group.who')}</h2>
      <Choices
        label={t('identity')}
        value={draft.identity}
        onChange={identity => set({ identity })}
        choices={(['ask', 'keep'] as const).map(id => ({
          id,
          label: t(`identity.${id}`),
          hint: t(`identity.${id}.hint`),
        }))}
      />
      <div className={styles.pair}>
        <Select
          label={t('accession')}
          hint={t('accession.hint')}
          value={draft.accession}
          onChange={id => set({ accession: accessions.find(each => each === id) ?? 'decided' })}
          options={accessions.map(id => ({ id, label: t(`accession.${id}`) }))}
        />
        <TextField
          label={t('label')}
          hint={t('label.hint')}
          optional
          maxLength={32}
          value={draft.label}
          onChange={label => set({ label })}
        />
      </div>
      <span className={styles.hinted}>
        <Checkbox value={draft.issuer} onChange={issuer => set({ issuer })}>
          {t('issuer')}
        </Checkbox>
        <small>{t('issuer.hint')}</small>
      </span>
    </section>
  )
}

function LeavingOut({ draft, set }: Part) {
  const t = useWords(words)
  return (
    <section className={`card ${styles.group}`}>
      <h2>{t('group.left')}</h2>
      <p className="second">{t('left.hint')}</p>
      <Ticks
        legend={t('kinds')}
        values={leftOutKinds.map(id => ({ id, label: t(`kind.${id}`) }))}
        chosen={draft.kinds}
        onChange={kinds => set({ kinds })}
      />
      <div className={styles.pair}>
        <TextField
          label={t('modalities')}
          hint={t('modalities.hint')}
          optional
          spellCheck={false}
          value={draft.modalities}
          onChange={modalities => set({ modalities })}
        />
        <TextField
          label={t('descriptions')}
          hint={t('descriptions.hint')}
          optional
          spellCheck={false}
          value={draft.descriptions}
          onChange={descriptions => set({ descriptions })}
        />
      </div>
      <TextField
        label={t('keep')}
        hint={t('keep.hint')}
        optional
        spellCheck={false}
        value={draft.keep}
        onChange={keep => set({ keep })}
      />
    </section>
  )
}

function Asking({ draft, set, network }: Part) {
  const t = useWords(words)
  const { contracts, sites } = network
  const readers = sites.filter(({ id }) =>
    contracts.some(
      ({ requesting, reading, kinds, urgencies: covered }) =>
        requesting === draft.site &&
        reading === id &&
        kinds.some(kind => kind === draft.request) &&
        covered.includes(draft.urgency),
    ),
  )
  const kept =
    draft.group !== '' && !readers.some(({ id }) => id === draft.group)
      ? [{ id: draft.group, label: draft.group }]
      : []
  return (
    <section className={`card ${styles.group}`}>
      <h2>{t('group.request')}</h2>
      <Choices
        label={t('request')}
        hint={t('request.hint')}
        value={draft.request}
        onChange={request => set({ request })}
        choices={(['none', 'opinion', 'reading'] as const).map(id => ({ id, label: t(`request.${id}`) }))}
      />
      {draft.request === 'none' ? null : (
        <div className={styles.pair}>
          <Select
            label={t('urgency')}
            value={draft.urgency}
            onChange={id => set({ urgency: urgencies.find(each => each === id) ?? 'urgent' })}
            options={urgencies.map(id => ({ id, label: t(`urgency.${id}`) }))}
          />
          <Select
            label={t('group')}
            value={draft.group || 'any'}
            onChange={id => set({ group: id === 'any' ? '' : id })}
            options={[
              { id: 'any', label: t('group.any') },
              ...readers.map(({ id, name }) => ({ id, label: name })),
              ...kept,
            ]}
          />
        </div>
      )}
    </section>
  )
}

function Removal({
  preset,
  onDone,
  onClose,
}: {
  preset: PresetView
  onDone: () => void
  onClose: () => void
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const name = preset.name || preset.id
  const remove = useAct<void>(
    () => ({
      method: 'DELETE',
      path: `/api/presets/${encodeURIComponent(preset.id)}?revision=${preset.revision}`,
    }),
    {
      refresh: [['presets']],
      onDone: () => {
        toasts.say({ text: t('said.removed'), detail: name })
        onDone()
      },
    },
  )
  return (
    <Dialog
      title={t('remove.title', { name })}
      open
      grave
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('remove.do')}
          look="grave"
          busy={remove.isPending}
          onAct={() => remove.mutate()}
          onClose={onClose}
        />
      }
    >
      <p>{t('remove.text')}</p>
      {remove.error ? (
        <ErrorBox
          trouble={remove.error}
          {...(remove.error.code === 'conflict' ? { title: t('conflict.title') } : {})}
        />
      ) : null}
    </Dialog>
  )
}
