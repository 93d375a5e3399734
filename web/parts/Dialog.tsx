import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useWords } from '../words/words.js'
import { Button } from './Button.js'
import styles from './Dialog.module.css'

export interface DialogProps {
  title: string
  open: boolean
  /** Absent: only the buttons at the foot lead out. */
  onClose?: (() => void) | undefined
  children: ReactNode
  /** Buttons, the one thing to do last. */
  foot?: ReactNode
  size?: 's' | 'm' | 'l' | 'xl'
  /** A question that must be answered: no click beside it closes it. */
  grave?: boolean
}

/** Keeps the focus inside, closes by Escape and gives the focus back. */
export function Dialog({ title, open, onClose, children, foot, size = 'm', grave = false }: DialogProps) {
  const t = useWords()
  return (
    <ModalOverlay
      isOpen={open}
      onOpenChange={isOpen => {
        if (!isOpen) onClose?.()
      }}
      isDismissable={!grave}
      isKeyboardDismissDisabled={!onClose}
      className={styles.overlay ?? ''}
      data-modal=""
    >
      <Modal className={`${styles.modal} ${styles[size]}`}>
        <AriaDialog role={grave ? 'alertdialog' : 'dialog'} className={styles.dialog ?? ''}>
          <div className={styles.head}>
            <Heading slot="title" level={2} className={styles.title ?? ''}>
              {title}
            </Heading>
            {onClose ? (
              <Button
                look="quiet"
                size="s"
                aria-label={t('close')}
                icon={<X aria-hidden="true" />}
                onPress={onClose}
              />
            ) : null}
          </div>
          <div className={styles.body}>{children}</div>
          {foot ? <div className={styles.foot}>{foot}</div> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
