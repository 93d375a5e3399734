import { useEffect, useRef } from 'react'
import { Redirect, useLocation } from 'wouter'
import { useAct } from '../api/data.js'
import { ButtonLink } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useSessionState } from '../session.js'
import { Starting } from '../shell/Shell.js'
import { useTitle } from '../shell/title.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import { Gate } from './Gate.js'
import { useLinkToken } from './link-token.js'

/** /open: the link of a letter. Whoever is signed in is led to what it tells of; nobody else is. */
export default function OpenLink() {
  const t = useWords(signInWords)
  const { session, problem } = useSessionState()
  const [token, forget] = useLinkToken('open')
  const [, go] = useLocation()
  const begun = useRef(false)
  useTitle(t('open.title'))
  const open = useAct<{ path: string }>(
    () => ({ method: 'POST', path: '/api/notices/open', body: { token } }),
    {
      refresh: [['notices']],
      onDone: ({ path }) => {
        forget()
        go(path, { replace: true })
      },
    },
  )
  const { mutate } = open
  const isSignedIn = Boolean(session)
  useEffect(() => {
    if (!isSignedIn || !token) return
    // A page that is only fetched ahead is no person's act.
    const follow = () => {
      if (document.visibilityState !== 'visible' || begun.current) return
      begun.current = true
      mutate()
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => document.removeEventListener('visibilitychange', follow)
  }, [isSignedIn, token, mutate])

  if (session === null && token) return <Redirect to="/sign-in?back=/open" replace />
  if (session === undefined) return <Starting problem={problem} />
  if (!token || open.error)
    return (
      <Gate
        title={t('open.dead')}
        lead={open.error && open.error.code !== 'missing' ? undefined : t('open.dead.text')}
      >
        {open.error && open.error.code !== 'missing' ? (
          <ErrorBox trouble={open.error} onRetry={() => mutate()} />
        ) : null}
        <ButtonLink href="/" look="go">
          {t('open.home')}
        </ButtonLink>
      </Gate>
    )
  return (
    <Gate title={t('open.title')}>
      <Skeleton lines={2} />
    </Gate>
  )
}
