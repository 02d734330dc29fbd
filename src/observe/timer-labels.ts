/** The labels of a timer's series. A timer with a name has series of its own: `method="report#morning"`. */
export function timerLabels(id: string, service: string): { readonly service: string; readonly method: string } {
  return { service, method: id.slice(service.length + 1) }
}
