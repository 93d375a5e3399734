import { Password } from '../account/Password.js'
import { ApiProblem } from '../api/problem.js'
import { Button } from '../parts/Button.js'
import { useToasts } from '../parts/Toast.js'
import { useSessionState } from '../session.js'
import { useTitle } from '../shell/title.js'
import { securityWords } from '../words/security.js'
import { shellWords } from '../words/shell.js'
import { signInWords } from '../words/sign-in.js'
import { useWords } from '../words/words.js'
import { Gate } from './Gate.js'

/** Whoever signed in with a stolen password changes it before anything else. */
export default function ChangePassword() {
  const t = useWords(signInWords)
  const of = useWords(securityWords)
  const shell = useWords(shellWords)
  const toasts = useToasts()
  const { begin, signOut } = useSessionState()
  useTitle(t('change.title'))
  return (
    <Gate title={t('change.title')} lead={t('change.text')}>
      <Password
        onChanged={session => {
          begin(session)
          toasts.say({ text: of('password.done'), tone: 'ok' })
        }}
      />
      <Button
        look="quiet"
        onPress={() =>
          void signOut().catch((problem: unknown) => {
            if (problem instanceof ApiProblem) toasts.trouble(problem)
            else throw problem
          })
        }
      >
        {shell('account.signOut')}
      </Button>
    </Gate>
  )
}
