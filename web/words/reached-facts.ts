import { archived } from './archive-facts.js'

/** How the journal names facts of talks, of webhooks and of the channels of alarms. */
export const reached = {
  fr: {
    ...archived.fr,
    'fact.message-sent': 'Message envoyé',
    'fact.message-entered-in-error': 'Message marqué comme une erreur',
    'fact.webhook-made': 'Webhook créé',
    'fact.webhook-changed': 'Webhook modifié',
    'fact.webhook-rotated': 'Secret d’un webhook renouvelé',
    'fact.webhook-ended': 'Webhook arrêté',
    'fact.webhook-tried': 'Webhook essayé',
    'fact.channel-lost': 'Voie d’alerte coupée',
    'fact.channel-back': 'Voie d’alerte rétablie',
    'fact.webhook-delivered': 'Webhook pris par son destinataire',
    'fact.webhook-stopped': 'Webhook non servi',
    'fact.escalation-stopped': 'L’escalade des alertes est arrêtée',
  },
  en: {
    ...archived.en,
    'fact.message-sent': 'Message sent',
    'fact.message-entered-in-error': 'Message marked as an error',
    'fact.webhook-made': 'Webhook made',
    'fact.webhook-changed': 'Webhook changed',
    'fact.webhook-rotated': 'Secret of a webhook renewed',
    'fact.webhook-ended': 'Webhook ended',
    'fact.webhook-tried': 'Webhook tried',
    'fact.channel-lost': 'A channel of alarms is down',
    'fact.channel-back': 'A channel of alarms is back',
    'fact.webhook-delivered': 'Webhook taken by its receiver',
    'fact.webhook-stopped': 'Webhook not served',
    'fact.escalation-stopped': 'The escalation of alarms has stopped',
  },
} as const
