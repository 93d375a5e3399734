import { Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import type { ListView } from '../../node/requests/view.js'
import type { GroupView, SiteView } from '../../node/sites/view.js'
import { useAct, useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Checkbox } from '../parts/Checkbox.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { TextField } from '../parts/Field.js'
import { Head, Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { Ticks } from '../parts/Ticks.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { siteWords as words } from '../words/sites.js'
import { useWords } from '../words/words.js'
import styles from './Sites.module.css'
import type { Revised } from './site-form.js'

export const useGroups = () => useData<ListView<Revised<GroupView>>>(['sites', 'groups'], '/api/groups')

/** Sites that work together (in France, a GHT). */
export function GroupTable({ sites }: { sites: readonly SiteView[] }) {
  const t = useWords(words)
  const { can } = useSession()
  const groups = useGroups()
  const [opened, open] = useState<Revised<GroupView> | 'new'>()
  const may = can('group.change')
  const items = groups.data?.items ?? []
  /** Sites that the person has nothing to do with are counted, not named. */
  const namesOf = (ids: readonly string[]) => {
    const known = ids.flatMap(id => sites.find(site => site.id === id)?.name ?? [])
    const others = ids.length - known.length
    return [...known, ...(others === 0 ? [] : [t('sites.others', { n: others })])].join(', ')
  }
  if (!may && items.length === 0) return null
  return (
    <section className={styles.groups}>
      <div className="row">
        <h2>{t('groups')}</h2>
        {may ? (
          <span className="push">
            <Button size="s" icon={<Plus aria-hidden />} onPress={() => open('new')}>
              {t('group.new')}
            </Button>
          </span>
        ) : null}
      </div>
      <p className="second">{t('groups.intro')}</p>
      {groups.error ? (
        <ErrorBox trouble={groups.error} onRetry={() => void groups.refetch()} />
      ) : items.length === 0 ? (
        <p className="third">{t('groups.none')}</p>
      ) : (
        <div className={styles.list}>
          <Table caption={t('groups.caption')}>
            <Head
              columns={[
                t('column.group'),
                t('column.sites'),
                t('column.state'),
                ...(may ? [{ label: t('group.edit'), hidden: true }] : []),
              ]}
            />
            <tbody>
              {items.map(group => (
                <tr key={group.id}>
                  <th scope="row" className={styles.name}>
                    {group.name}
                    <span className={styles.under}>{group.id}</span>
                  </th>
                  <td>{namesOf(group.sites)}</td>
                  <td>
                    <Tag tone={group.closed ? 'plain' : 'ok'}>
                      {t(group.closed ? 'state.closed' : 'state.open')}
                    </Tag>
                  </td>
                  {may ? (
                    <td>
                      <Button
                        size="s"
                        look="quiet"
                        aria-label={t('group.edit.of', { name: group.name })}
                        icon={<Pencil aria-hidden />}
                        onPress={() => open(group)}
                      />
                    </td>
                  ) : null}
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
      {opened ? (
        <GroupForm
          group={opened === 'new' ? undefined : opened}
          sites={sites}
          onClose={() => open(undefined)}
        />
      ) : null}
    </section>
  )
}

function GroupForm({
  group,
  sites,
  onClose,
}: {
  group: Revised<GroupView> | undefined
  sites: readonly SiteView[]
  onClose: () => void
}) {
  const t = useWords(words)
  const toasts = useToasts()
  const [before] = useState(group)
  const [id, setId] = useState('')
  const [name, setName] = useState(before?.name ?? '')
  const [chosen, setChosen] = useState<string[]>(before?.sites ?? [])
  const [closed, setClosed] = useState(before?.closed === true)
  const [checked, setChecked] = useState(false)
  const save = useAct<GroupView>(
    () => {
      const body = { name: name.trim(), sites: chosen }
      return before === undefined
        ? { method: 'POST', path: '/api/groups', body: { ...body, id } }
        : {
            method: 'PUT',
            path: `/api/groups/${encodeURIComponent(before.id)}`,
            body: { ...body, ...(closed ? { closed } : {}), revision: before.revision },
          }
    },
    {
      refresh: [['sites']],
      onDone: saved => {
        toasts.say({ text: t('group.saved'), detail: saved.name, tone: 'ok' })
        onClose()
      },
    },
  )
  const sound = {
    id: before !== undefined || /^[a-z0-9][a-z0-9-]{0,62}$/.test(id),
    name: name.trim() !== '',
    sites: chosen.length > 0,
  }
  const problem = (field: keyof typeof sound) =>
    (checked && !sound[field] ? t(`fault.${field}`) : undefined) ?? save.error?.field(field)
  const submit = () => {
    setChecked(true)
    if (Object.values(sound).every(Boolean)) save.mutate()
  }
  const stale = save.error?.code === 'conflict' && save.error.fields.length === 0
  return (
    <Dialog
      title={before === undefined ? t('group.new') : `${t('group.edit')} · ${before.name}`}
      open
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t(before === undefined ? 'make' : 'save')}
          busy={save.isPending}
          onAct={submit}
          onClose={onClose}
        />
      }
    >
      <div className={styles.form}>
        {save.error && save.error.fields.length === 0 ? (
          <ErrorBox trouble={save.error} {...(stale ? { words: t('conflict') } : {})} />
        ) : null}
        <div className={styles.pair}>
          <TextField
            label={t('field.name')}
            required
            value={name}
            onChange={setName}
            problem={problem('name')}
            maxLength={200}
          />
          {before === undefined ? (
            <TextField
              label={t('field.id')}
              required
              spellCheck={false}
              autoComplete="off"
              value={id}
              onChange={setId}
              problem={problem('id')}
              maxLength={63}
            />
          ) : null}
        </div>
        <Ticks
          legend={t('group.sites')}
          values={sites
            .filter(site => site.kind !== 'operator' && (!site.closed || chosen.includes(site.id)))
            .map(site => ({ id: site.id, label: site.name }))}
          chosen={chosen}
          onChange={setChosen}
          problem={problem('sites')}
        />
        {before === undefined ? null : (
          <div>
            <Checkbox value={closed} onChange={setClosed}>
              {t('group.closed')}
            </Checkbox>
            <small className="second">{t('group.closed.hint')}</small>
          </div>
        )}
      </div>
    </Dialog>
  )
}
