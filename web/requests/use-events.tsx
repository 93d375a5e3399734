import { useQueryClient } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import type { RequestRow, RequestView } from '../../node/requests/view.js'
import { call } from '../api/call.js'
import { useAct } from '../api/data.js'
import { useStable } from '../parts/stable.js'
import { useToasts } from '../parts/Toast.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { asksOf, type EventInput, type EventName } from './events.js'

const EventDialog = lazy(() => import('./EventDialog.js'))
const AnswerDialog = lazy(() => import('./AnswerDialog.js'))
const AskDialog = lazy(() => import('./AskDialog.js'))
const ExamDialog = lazy(() => import('./ExamDialog.js'))

/** Events that are written in a form of their own. */
const DIALOGS: Partial<Record<EventName, typeof EventDialog>> = {
  answer: AnswerDialog,
  ask: AskDialog,
  'exam-done': ExamDialog,
}

interface Sent {
  request: RequestRow
  event: EventName
  input: EventInput
}

/**
 * Sends events of the life of a request: at once where nothing is asked, after a dialog otherwise. Who lost a claim is
 * told who won it. `dialog` is to be put on the page.
 */
export function useRequestEvents(onDone?: (request: RequestView, event: EventName) => void): {
  begin(request: RequestRow, event: EventName): void
  /** `id event` that is on its way. */
  busy: string | null
  dialog: ReactNode
} {
  const t = useWords(requestWords)
  const toasts = useToasts()
  const client = useQueryClient()
  const [open, setOpen] = useState<{ request: RequestRow; event: EventName } | null>(null)

  const act = useAct<RequestView, Sent>(
    ({ request, event, input }) => ({
      method: 'POST',
      path: `/api/requests/${request.id}/${event}`,
      body: input,
    }),
    {
      refresh: [['requests'], ['reports'], ['conversations']],
      onDone: (answer, { event }) => {
        setOpen(null)
        toasts.say({ text: t(`done.${event}`), detail: answer.reference, tone: 'ok' })
        onDone?.(answer, event)
      },
      onProblem: (problem, { request, event }) => {
        if (event === 'claim' && problem.code === 'conflict') {
          void sayWinner(request)
          return
        }
        if (problem.code !== 'invalid') setOpen(null)
        if (problem.code !== 'invalid' || !open) toasts.trouble(problem)
      },
    },
  )

  const sayWinner = async (request: RequestRow) => {
    const now = await client
      .fetchQuery({
        queryKey: ['requests', request.id, `/api/requests/${request.id}`],
        queryFn: () => call<RequestView>({ method: 'GET', path: `/api/requests/${request.id}` }),
        staleTime: 0,
      })
      .catch(() => undefined) // It may have left what this person can see: then nobody is named.
    toasts.say({
      text: now?.holder ? t('claim.lost', { name: now.holder.name }) : t('claim.lostUnknown'),
      detail: request.reference,
      tone: 'late',
    })
  }

  const begin = useStable((request: RequestRow, event: EventName) => {
    if (act.isPending) return
    if (asksOf(event, request) !== undefined) {
      act.reset()
      setOpen({ request, event })
    } else act.mutate({ request, event, input: {} })
  })

  const Shown = (open && DIALOGS[open.event]) ?? EventDialog
  return {
    begin,
    busy: act.isPending ? `${act.variables.request.id} ${act.variables.event}` : null,
    dialog: open ? (
      <Suspense fallback={null}>
        <Shown
          request={open.request}
          event={open.event}
          busy={act.isPending}
          problem={act.error?.code === 'invalid' ? act.error.detail : undefined}
          onSend={input => act.mutate({ ...open, input })}
          onClose={() => setOpen(null)}
        />
      </Suspense>
    ) : null,
  }
}
