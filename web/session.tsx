import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react'
import type { Language, Role, SessionView } from '../node/accounts/view.js'
import { call } from './api/call.js'
import { forgetAll } from './api/forget.js'
import { ApiProblem } from './api/problem.js'
import { eraseDrafts } from './drafts/drafts.js'
import { useLanguage } from './words/words.js'

interface SessionState {
  /** undefined while it is not known, null when nobody is signed in. */
  session: SessionView | null | undefined
  problem: ApiProblem | null
  /** Takes over what POST /api/session (or …/first) answered. */
  begin(session: SessionView): void
  /** The same person goes on: what was read stays, and is looked at again. */
  resume(session: SessionView): void
  signOut(): Promise<void>
  /** Acts under another membership: everything read so far is forgotten. */
  actAs(membership: string): Promise<void>
  speak(language: Language): Promise<void>
}

const SessionContext = createContext<SessionState | null>(null)
const key = ['session']

/** A locked session shows nothing either: it is begun anew. */
const isOver = (problem: unknown): boolean =>
  problem instanceof ApiProblem && (problem.code === 'unauthenticated' || problem.code === 'locked')

export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const { choose } = useLanguage()
  const asked = useQuery<SessionView | null, ApiProblem>({
    queryKey: key,
    queryFn: async ({ signal }) => {
      try {
        return await call<SessionView>({ method: 'GET', path: '/api/session', signal })
      } catch (problem) {
        if (isOver(problem)) return null
        throw problem
      }
    },
    staleTime: 60_000,
  })

  // Any answer "unauthenticated" means the session is over, wherever it was noticed.
  useEffect(
    () =>
      client.getQueryCache().subscribe(event => {
        if (event.type !== 'updated' || event.action.type !== 'error') return
        const problem: unknown = event.action.error
        if (isOver(problem)) client.setQueryData(key, null)
      }),
    [client],
  )
  useEffect(
    () =>
      client.getMutationCache().subscribe(event => {
        if (event.type !== 'updated' || event.action.type !== 'error') return
        const problem: unknown = event.action.error
        // A wrong password at a signature is answered the same way: the session itself is asked.
        if (isOver(problem)) void client.invalidateQueries({ queryKey: key })
      }),
    [client],
  )

  const spoken = asked.data?.account.language
  useEffect(() => {
    if (spoken) choose(spoken)
  }, [spoken, choose])

  const value = useMemo<SessionState>(() => {
    const begin = (session: SessionView | null) => {
      forgetAll()
      client.removeQueries({
        predicate: query => query.queryKey[0] !== 'session' && query.queryKey[0] !== 'node',
      })
      client.setQueryData(key, session)
    }
    return {
      session: asked.data,
      problem: asked.error,
      begin: session => begin(session),
      resume: session => {
        client.setQueryData(key, session)
        void client.invalidateQueries({ predicate: query => query.queryKey[0] !== 'session' })
      },
      signOut: async () => {
        await call({ method: 'DELETE', path: '/api/session' })
        if (asked.data) await eraseDrafts(asked.data.account.id)
        begin(null)
      },
      actAs: async membership => {
        begin(await call<SessionView>({ method: 'PUT', path: '/api/session', body: { membership } }))
      },
      speak: async language => {
        choose(language)
        if (!asked.data) return
        const session = await call<SessionView>({
          method: 'PUT',
          path: '/api/session/language',
          body: { language },
          // The screen speaks it already: whoever leaves it at once finds it again.
          keepalive: true,
        })
        client.setQueryData(key, session)
      },
    }
  }, [asked.data, asked.error, client, choose])

  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>
}

export function useSessionState(): SessionState {
  const state = useContext(SessionContext)
  if (!state) throw new Error('useSessionState outside of SessionProvider')
  return state
}

export interface SignedIn {
  session: SessionView
  role: Role
  /** May this membership attempt the action at all? The server decides again. */
  can(action: string): boolean
}

/** The signed-in person; only for pages inside the shell, which is not drawn without one. */
export function useSession(): SignedIn {
  const { session } = useSessionState()
  if (!session) throw new Error('useSession on a page without a session')
  return {
    session,
    role: session.account.role,
    can: action => session.actions.includes(action),
  }
}
