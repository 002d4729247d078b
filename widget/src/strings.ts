/** The widget's own words. What the assistant says comes from the server. */

const en = {
  launch: "Questions? Chat with us",
  unread: "New answer",
  title: "Chat",
  subtitle: "Automated assistant",
  close: "Close the chat",
  exit: "Quick exit",
  crisis: "Crisis lines",
  notice: (clinic: string, days?: number) =>
    `This is an automated assistant, not a clinician, and not for emergencies. Nobody watches the chat as you write; staff of ${clinic || "the clinic"} ` +
    `may read it later. It is kept for ${days ? `${days} days` : "a limited time"}. Please share no more than you need to.`,
  leave: "On a shared device: “Quick exit”, or Esc pressed twice, clears the chat and leaves this page.",
  greeting: "What would you like to know?",
  starters: ["What is an IOP?", "Check if IOP may fit", "Ask for a call back"],
  conversation: "Conversation",
  you: "You",
  assistant: "Assistant",
  choices: "Suggested replies",
  typing: "The assistant is writing",
  sending: "Sending",
  sent: "Sent",
  failed: "Not sent.",
  retry: "Try again",
  edit: "Change it",
  offline: "You are offline. What you write is sent when the connection is back.",
  lost: "The assistant does not answer right now. Trying again.",
  call: "You can still call",
  expired: "Your earlier chat has ended; this is a new one. What you typed is kept.",
  newer: "New messages",
  message: "Your message",
  send: "Send",
  copy: "Copy chat",
  copied: "Copied.",
  clear: "Clear this chat",
  sure: "Press again to clear",
  cleared: "Cleared from this device. Staff may still read it while it is kept.",
};

const es: typeof en = {
  launch: "¿Preguntas? Escríbanos",
  unread: "Respuesta nueva",
  title: "Chat",
  subtitle: "Asistente automático",
  close: "Cerrar el chat",
  exit: "Salida rápida",
  crisis: "Líneas de crisis",
  notice: (clinic, days) =>
    `Este es un asistente automático, no un profesional clínico, y no es para emergencias. Nadie mira el chat mientras usted escribe; el personal de ${clinic || "la clínica"} ` +
    `puede leerlo después. Se guarda ${days ? `${days} días` : "por un tiempo limitado"}. Por favor, no comparta más de lo necesario.`,
  leave: "En un dispositivo compartido: «Salida rápida», o Esc dos veces, borra el chat y sale de esta página.",
  greeting: "¿Qué le gustaría saber? Puede escribir en español; por ahora se responde sobre todo en inglés.",
  starters: ["¿Qué es un IOP?", "Preguntas para ver si el IOP es para mí", "Pedir que me llamen"],
  conversation: "Conversación",
  you: "Usted",
  assistant: "Asistente",
  choices: "Respuestas sugeridas",
  typing: "El asistente está escribiendo",
  sending: "Enviando",
  sent: "Enviado",
  failed: "No se envió.",
  retry: "Intentar de nuevo",
  edit: "Cambiarlo",
  offline: "No tiene conexión. Lo que escriba se enviará cuando vuelva.",
  lost: "El asistente no responde en este momento. Intentando de nuevo.",
  call: "Aún puede llamar al",
  expired: "Su chat anterior terminó; este es nuevo. Lo que escribió se conserva.",
  newer: "Mensajes nuevos",
  message: "Su mensaje",
  send: "Enviar",
  copy: "Copiar el chat",
  copied: "Copiado.",
  clear: "Borrar este chat",
  sure: "Pulse otra vez para borrar",
  cleared: "Borrado de este dispositivo. El personal aún puede leerlo mientras se guarde.",
};

export type Strings = typeof en;
export type Language = "en" | "es";

export const strings: Record<Language, Strings> = { en, es };
