import { ArrowDown, ArrowRight, ArrowUp, Plus, Route as RouteIcon, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Switch } from 'react-aria-components'
import type { RouteInput, RouteView } from '../../node/peers/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useAct } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { Button, ButtonLink } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { DialogFoot } from '../parts/DialogFoot.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Tag } from '../parts/Tag.js'
import { useToasts } from '../parts/Toast.js'
import { useSession } from '../session.js'
import { network as words } from '../words/network.js'
import { routes as routeWords } from '../words/routes.js'
import { useWords } from '../words/words.js'
import styles from './Network.module.css'
import own from './Route.module.css'
import { RouteForm } from './RouteForm.js'
import { useRouteWords } from './route-words.js'
import type { Network } from './use-network.js'

/** /network/routes, and the route named in ?route= opened for change ("new" for another one). */
export function RouteList({ network }: { network: Network }) {
  const t = useWords(words)
  const r = useWords(routeWords)
  const toasts = useToasts()
  const { can } = useSession()
  const address = useAddress()
  const [removing, setRemoving] = useState<RouteView | null>(null)
  const asked = address.get('route')
  const editing = asked === 'new' ? 'new' : network.routes.find(route => route.id === asked)
  const may = can('route.change')
  const order = useAct<ListView<RouteView>, string[]>(
    ids => ({ method: 'POST', path: '/api/routes/order', body: { ids } }),
    { refresh: [['routes']], onProblem: problem => toasts.trouble(problem) },
  )
  const swap = (a: RouteView | undefined, b: RouteView | undefined) => {
    if (a && b) order.mutate([b.id, a.id])
  }
  return (
    <>
      <div className="row">
        <p className="second">{t('routes.intro')}</p>
        <span className="push row">
          {network.routes.length > 0 ? <ButtonLink href="/network/trial">{r('try')}</ButtonLink> : null}
          {may ? (
            <Button icon={<Plus aria-hidden />} onPress={() => address.set({ route: 'new' })}>
              {t('routes.new')}
            </Button>
          ) : null}
        </span>
      </div>
      {network.routes.length === 0 ? (
        <Empty icon={<RouteIcon aria-hidden />} title={t('routes.none')}>
          {t('routes.none.text')}
        </Empty>
      ) : (
        <ol className={styles.routes} aria-label={t('routes.caption')}>
          {network.routes.map((route, i) => (
            <Row
              key={route.id}
              rank={i + 1}
              route={route}
              network={network}
              may={may}
              moving={order.isPending}
              onUp={i === 0 ? undefined : () => swap(network.routes[i - 1], route)}
              onDown={i === network.routes.length - 1 ? undefined : () => swap(route, network.routes[i + 1])}
              onEdit={() => address.set({ route: route.id })}
              onRemove={() => setRemoving(route)}
            />
          ))}
        </ol>
      )}
      {editing && may ? (
        <RouteForm
          route={editing === 'new' ? undefined : editing}
          network={network}
          onClose={() => address.set({ route: '' })}
        />
      ) : null}
      {removing ? <RemoveRoute route={removing} onClose={() => setRemoving(null)} /> : null}
    </>
  )
}

interface RowProps {
  route: RouteView
  rank: number
  network: Network
  may: boolean
  moving: boolean
  onUp: (() => void) | undefined
  onDown: (() => void) | undefined
  onEdit: () => void
  onRemove: () => void
}

function Row({ route, rank, network, may, moving, onUp, onDown, onEdit, onRemove }: RowProps) {
  const t = useWords(words)
  const r = useWords(routeWords)
  const say = useRouteWords(network)
  const toasts = useToasts()
  const turn = useAct<RouteView, boolean>(
    enabled => ({
      method: 'PUT',
      path: `/api/routes/${encodeURIComponent(route.id)}`,
      body: { ...inputOf(route), enabled, revision: route.revision },
    }),
    { refresh: [['routes']], onProblem: problem => toasts.trouble(problem) },
  )
  const on = turn.isPending ? turn.variables : route.enabled
  return (
    <li className={on ? undefined : styles.stopped}>
      <span className={styles.position}>{rank}</span>
      <div className={styles.routeText}>
        <b>{route.id}</b>
        {route.stopped ? <Tag>{t('stopped')}</Tag> : null}
        <span>
          {say.sentence(route)} <ArrowRight size={14} aria-hidden />
          <span className="unseen">{t('route.to')}</span> <b>{route.to.join(', ')}</b>
        </span>
        {say.manner(route).length > 0 ? (
          <span className={own.manner}>{say.manner(route).join(' · ')}</span>
        ) : null}
      </div>
      {may ? (
        <Switch
          className={styles.switch ?? ''}
          isSelected={on}
          isDisabled={turn.isPending}
          onChange={enabled => turn.mutate(enabled)}
          aria-label={t('route.switch', { id: route.id })}
        >
          <span className={styles.track} />
          <span className={styles.switchWord}>{t(on ? 'route.on' : 'route.off')}</span>
        </Switch>
      ) : (
        <Tag>{t(on ? 'route.on' : 'route.off')}</Tag>
      )}
      {may ? (
        <span className="row">
          <Button
            size="s"
            look="quiet"
            icon={<ArrowUp aria-hidden />}
            aria-label={r('up', { id: route.id })}
            isDisabled={!onUp || moving}
            onPress={() => onUp?.()}
          />
          <Button
            size="s"
            look="quiet"
            icon={<ArrowDown aria-hidden />}
            aria-label={r('down', { id: route.id })}
            isDisabled={!onDown || moving}
            onPress={() => onDown?.()}
          />
          <Button size="s" aria-label={t('route.change.of', { id: route.id })} onPress={onEdit}>
            {t('route.change')}
          </Button>
          <Button
            size="s"
            look="quiet"
            icon={<Trash2 aria-hidden />}
            aria-label={t('route.remove.title', { id: route.id })}
            onPress={onRemove}
          />
        </span>
      ) : null}
    </li>
  )
}

export function inputOf({ position: _, ...input }: RouteView): RouteInput {
  return input
}

function RemoveRoute({ route, onClose }: { route: RouteView; onClose: () => void }) {
  const t = useWords(words)
  const toasts = useToasts()
  const remove = useAct<{ id: string }>(
    () => ({
      method: 'DELETE',
      path: `/api/routes/${encodeURIComponent(route.id)}?revision=${route.revision ?? ''}`,
    }),
    {
      refresh: [['routes']],
      onDone: () => {
        toasts.say({ text: t('said.removed'), detail: route.id })
        onClose()
      },
    },
  )
  return (
    <Dialog
      title={t('route.remove.title', { id: route.id })}
      open
      grave
      size="s"
      onClose={onClose}
      foot={
        <DialogFoot
          keep={t('cancel')}
          act={t('route.remove')}
          look="grave"
          busy={remove.isPending}
          onAct={() => remove.mutate()}
          onClose={onClose}
        />
      }
    >
      <p>{t('route.remove.text')}</p>
      {remove.error ? <ErrorBox trouble={remove.error} /> : null}
    </Dialog>
  )
}
