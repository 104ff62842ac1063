//! Does with each command what the configuration says.

use std::io::Write;
use std::sync::Arc;

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::exchange::{Answer, Request};
use wigwag_protocol::layout::{Fields, Value};

use super::actions::{Asked, Deed, Deeds, Facts, Failure};
use super::log::{Level, Log};
use super::memory::{Begun, Key, Memory};
use crate::serve::{Acting, Actions, Client, Event};

/// What one configuration does.
pub(super) struct Configured<W: Write> {
    pub(super) deeds: Deeds,
    pub(super) facts: Facts,
    /// What was done already, and the part of a request that tells.
    pub(super) memory: Option<(String, Arc<Memory>)>,
    pub(super) log: Log<W>,
}

impl<W: Write> Configured<W> {
    /// What is done with a request, whoever it is from; what nobody knows is logged.
    fn deed(&self, client: &Client, request: &Request) -> (&Deed, Fields) {
        if let Some(known) = self.deeds.of(request) {
            return known;
        }
        match request {
            Request::Command { command, body, .. } => {
                let name = command.as_ref().map_or(body.as_slice(), |command| command.name.as_bytes());
                self.say(Level::Warn, client, &format!("unknown command {}", escape(name).truncated(100)));
            }
            Request::Broken { error, wire } => {
                let shown = escape(wire).truncated(100);
                self.say(Level::Warn, client, &format!("not a request: {error}: {shown}"));
            }
        }
        (&self.deeds.otherwise, Fields::new())
    }

    fn say(&self, level: Level, client: &Client, text: &str) {
        self.log.say(level, Some(client.peer), text);
    }

    async fn done(&self, deed: &Deed, asked: &Asked<'_>, client: &Client) -> Answer {
        deed.done(asked).await.unwrap_or_else(|failure| self.refused(client, failure))
    }

    fn refused(&self, client: &Client, Failure { said, why }: Failure) -> Answer {
        self.say(Level::Error, client, &why);
        Answer::Error(Value::Text(said.to_owned()))
    }

    /// Does it unless it was done: each id once.
    async fn done_once(
        &self,
        memory: &Arc<Memory>,
        key: Key,
        deed: &Deed,
        asked: &Asked<'_>,
        client: &Client,
    ) -> Answer {
        match memory.begin(key).await {
            Begun::First(ticket) => {
                let answer = self.done(deed, asked, client).await;
                if let Err(error) = ticket.done(&answer).await {
                    let text = format!("the answer cannot be remembered, a repeat will be refused: {error}");
                    self.say(Level::Error, client, &text);
                }
                answer
            }
            Begun::Again(answer) => {
                self.say(Level::Info, client, "a repeat: answered as before, and not done again");
                answer
            }
            Begun::Refused(failure) => self.refused(client, failure),
        }
    }
}

impl<W: Write + Send + 'static> Actions for Configured<W> {
    fn answer<'a>(&'a self, client: &'a Client, request: &'a Request) -> Acting<'a> {
        let (deed, parts) = self.deed(client, request);
        let asked = Asked::new(request, parts, client, self.facts);
        if let Some(said) = deed.said(&asked) {
            return said.unwrap_or_else(|failure| self.refused(client, failure)).into();
        }
        let known = self.memory.as_ref().filter(|_| deed.acts());
        let known = known.and_then(|(part, memory)| Some((memory, Key::of(request, part)?)));
        Acting::goes(async move {
            let answer = match known {
                None => self.done(deed, &asked, client).await,
                Some((memory, key)) => self.done_once(memory, key, deed, &asked, client).await,
            };
            answer.into()
        })
    }

    fn saw(&self, client: &Client, event: Event<'_>) {
        match event {
            Event::Unanswerable(error) => {
                self.say(Level::Error, client, &format!("the reply cannot be sent: {error}"));
            }
            Event::Insecure(error) => self.say(Level::Warn, client, &format!("no TLS: {error}")),
            Event::Idle => self.say(Level::Info, client, "closed, idle for too long"),
            Event::Connected
            | Event::Received(_)
            | Event::Requested(_)
            | Event::Wrote(_)
            | Event::HalfClosed
            | Event::Broke(_)
            | Event::Closed => {}
        }
    }
}
