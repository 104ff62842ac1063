//! `[command.NAME]` and `[params]`

use std::time::Duration;

use wigwag_protocol::layout::{Context, Value};
use wigwag_protocol::protocol::{CallError, Command, Effect, Reply};

use super::{command, fields, frameless, int, lines, name, parse, sources, text};

/// The names of the parameters; of those that may be left out with a question mark.
fn params(command: &Command) -> Vec<String> {
    command.params.iter().map(|param| format!("{}{}", param.name, if param.required { "" } else { "?" })).collect()
}

#[test]
fn all_keys() {
    let protocol = lines(
        r#"
        [time]
        first = "2s"
        [command.receptacle]
        about = "Switch a mains receptacle"
        send = "<ESC> n:dec '*' on:dec1(off=0, on=1) 'PC'"
        params = { n = { min = 1, max = 4, about = "which one" } }
        reply = "'Cpn' n:dec2 ' Ppc' on:dec1(off=0, on=1)"
        effect = "idempotent"
        hazard = "cuts mains power of the receptacle"
        verify = "state"
        time = { idle = "250ms", total = "1m" }
        [command.state]
        send = "<ESC> n:dec 'PC'"
        reply = "on:dec1(off=0, on=1)"
        effect = "read"
        "#,
    );
    assert_eq!(protocol.commands.iter().map(|command| &*command.name).collect::<Vec<_>>(), ["receptacle", "state"]);
    let receptacle = command(&protocol, "receptacle");
    assert_eq!(receptacle.about.as_deref(), Some("Switch a mains receptacle"));
    assert_eq!(receptacle.hazard.as_deref(), Some("cuts mains power of the receptacle"));
    assert_eq!((receptacle.effect, receptacle.declares_effect), (Effect::Idempotent, true));
    assert_eq!(params(receptacle), ["n", "on"]);
    let rule = &receptacle.param("n").unwrap().rule;
    assert_eq!((rule.min, rule.max, rule.about.as_deref()), (Some(1.0), Some(4.0), Some("which one")));
    assert_eq!(sources(receptacle.reply.layouts()), ["'Cpn' n:dec2 ' Ppc' on:dec1(off=0, on=1)"]);
    assert!(!receptacle.reply_is_frame);
    assert_eq!(receptacle.verify.as_ref().unwrap().command, "state");
    assert!(receptacle.verify.as_ref().unwrap().when.is_none());
    let times = receptacle.times;
    assert_eq!((times.first, times.idle), (Duration::from_secs(2), Duration::from_millis(250)));
    assert_eq!((times.connect, times.total), (Duration::from_secs(5), Duration::from_secs(60)));

    let call = protocol.call("receptacle", fields([("n", int(1)), ("on", text("on"))])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, b"\x1b1*1PC\r");
    let error = protocol.call("receptacle", fields([("n", int(5)), ("on", text("on"))])).unwrap_err();
    assert_eq!(error.to_string(), "`n`: 5 is not from 1 to 4");
}

#[test]
fn commands_are_in_the_order_of_the_file() {
    let protocol = lines("[command.z]\nsend = \"'Z'\"\n[command.a]\nsend = \"'A'\"\n[command.m]\nsend = \"'M'\"");
    assert_eq!(protocol.commands.iter().map(|command| &*command.name).collect::<Vec<_>>(), ["z", "a", "m"]);
}

#[test]
fn what_is_not_said_is_the_careful_thing() {
    let protocol = lines("[command.a]");
    let command = command(&protocol, "a");
    assert_eq!((command.effect, command.declares_effect), (Effect::Once, false));
    assert!(matches!(command.reply, Reply::Any) && command.hazard.is_none() && command.verify.is_none());
    assert_eq!(command.send.source(), "", "an empty body");
    let call = protocol.call("a", fields([])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, b"\r");
}

#[test]
fn parameters_are_the_parts_without_a_value_the_bodys_first() {
    let protocol = parse(
        r#"
        name = "x"
        request.layout = "tid:u16=seq unit:u8 fc:u8 n:u8=len(body) body sum:u8=sum8(unit..) end:<CR LF|LF>"
        response.layout = "body <CR>"
        [command.write]
        set = { fc = 16 }
        send = "addr:u16 sign:<'+'|'-'> count:u8 values:u16[count] unit:u8"
        "#,
    );
    assert_eq!(params(command(&protocol, "write")), ["addr", "values", "unit", "sign?", "end?"]);
    let call = protocol.call(
        "write",
        fields([("addr", int(1)), ("values", Value::List(vec![int(2)])), ("unit", int(7)), ("sign", text("-"))]),
    );
    let bytes = call.unwrap().encode(&Context::default(), &[]).unwrap().bytes;
    assert_eq!(bytes, b"\0\0\x07\x10\x07\0\x01-\x01\0\x02\x07\x56\r\n");
}

#[test]
fn what_is_set_is_as_a_frame_would_tell_it() {
    let protocol = parse(
        r#"
        name = "x"
        request.layout = "fc:u8(read=3, write=16) mode:u8(off=0, on=1) kind:2 tag:text ',' body <CR>"
        response.layout = "body <CR>"
        [command.read]
        set = { fc = 3, mode = "on", kind = "AB", tag = "x" }
        send = "bits:u8{a=0, b=1} opt:<'+'|'-'>"
        [command.bits]
        set = { fc = "16", mode = 0, kind = "AB", tag = "x", bits = { a = true }, opt = "-" }
        send = "bits:u8{a=0, b=1} opt:<'+'|'-'>"
        "#,
    );
    let set = &command(&protocol, "read").set;
    assert_eq!((set.get("fc"), set.get("mode")), (Some(&name("read")), Some(&name("on"))));
    assert_eq!((set.get("kind"), set.get("tag")), (Some(&Value::Bytes(b"AB".to_vec())), Some(&text("x"))));
    let set = &command(&protocol, "bits").set;
    assert_eq!((set.get("fc"), set.get("mode")), (Some(&name("write")), Some(&name("off"))));
    assert_eq!(set.get("bits"), Some(&Value::Bits(1, vec![("a".into(), true), ("b".into(), false)])));
    assert_eq!(set.get("opt"), Some(&text("-")));
    let call = protocol.call("bits", fields([])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, b"\x10\0ABx,\x01-\r");
}

#[test]
fn rules_of_the_command_over_rules_of_the_file() {
    let protocol = parse(
        r#"
        name = "x"
        request.layout = "unit:u8 body <CR>"
        response.layout = "body <CR>"
        [params]
        unit = { min = 1, max = 247, default = 1, about = "address" }
        word = { secret = true }
        [command.a]
        send = "n:dec"
        params = { unit = { max = 16 }, n = { min = -1.5, default = 2 } }
        [command.b]
        send = "word:text"
        params = { unit = { default = 3 } }
        [command.c]
        set = { unit = 9 }
        "#,
    );
    let a = command(&protocol, "a");
    let unit = a.param("unit").unwrap();
    assert_eq!((unit.rule.min, unit.rule.max, unit.rule.default.as_ref()), (Some(1.0), Some(16.0), Some(&int(1))));
    assert_eq!(unit.rule.about.as_deref(), Some("address"));
    assert_eq!(params(a), ["n?", "unit?"], "what has a default need not be given");
    assert_eq!(a.param("n").unwrap().rule.min, Some(-1.5));
    let b = command(&protocol, "b");
    assert_eq!(b.param("unit").unwrap().rule.default, Some(int(3)));
    assert!(b.param("word").unwrap().rule.secret && !b.param("unit").unwrap().rule.secret);
    assert_eq!(params(command(&protocol, "c")), Vec::<String>::new());

    let bytes = |name: &str| protocol.call(name, fields([])).unwrap().encode(&Context::default(), &[]).unwrap().bytes;
    assert_eq!(bytes("a"), b"\x012\r");
    assert_eq!(bytes("c"), b"\x09\r");
    let missing = protocol.call("b", fields([])).unwrap_err();
    assert!(matches!(missing, CallError::Missing { name, .. } if name == "word"));
}

#[test]
fn limits_hold_for_each_number_of_a_list() {
    let protocol = lines("[command.a]\nsend = \"levels:u8[]\"\nparams = { levels = { max = 100 } }");
    let levels = |levels: &[i128]| fields([("levels", Value::List(levels.iter().copied().map(int).collect()))]);
    assert!(protocol.call("a", levels(&[1, 100])).is_ok());
    assert_eq!(protocol.call("a", levels(&[1, 101])).unwrap_err().to_string(), "`levels`: 101 is not at most 100");
}

#[test]
fn cases_of_the_request_that_are_not_meant_ask_for_nothing() {
    let protocol = parse(
        r#"
        name = "x"
        [[request.case]]
        layout = "fc:u8 extra:u8 n:u8=len(body) body"
        when = "fc == 1"
        [[request.case]]
        layout = "fc:u8 other:u8 body:2"
        [response]
        layout = "body <CR>"
        [command.one]
        set = { fc = 1 }
        send = "'AB'"
        [command.two]
        set = { fc = 2 }
        send = "'AB'"
        [command.either]
        send = "'AB'"
        "#,
    );
    assert_eq!(params(command(&protocol, "two")), ["other"]);
    // With 1, either of them could take it.
    assert_eq!(params(command(&protocol, "one")), ["extra?", "other?"]);
    assert_eq!(params(command(&protocol, "either")), ["fc", "extra?", "other?"]);
}

#[test]
fn all_kinds_of_reply() {
    let protocol = lines(
        r#"
        [command.any]
        [command.nothing]
        reply = false
        [command.empty]
        reply = ""
        [command.one]
        reply = "'OK' n:dec"
        [command.two]
        reply = ["'A' n:dec", "'B'"]
        [command.list]
        reply = "item:text ' ' more:dec1(no=0, yes=1)"
        until = "more == no"
        "#,
    );
    let reply = |name: &str| &command(&protocol, name).reply;
    assert!(matches!(reply("any"), Reply::Any));
    assert!(matches!(reply("nothing"), Reply::Nothing));
    assert!(matches!(reply("empty"), Reply::Frames(layouts) if sources(layouts) == [""]));
    assert!(matches!(reply("one"), Reply::Frames(layouts) if sources(layouts) == ["'OK' n:dec"]));
    assert!(matches!(reply("two"), Reply::Frames(layouts) if sources(layouts) == ["'A' n:dec", "'B'"]));
    let Reply::Until(layout, until) = reply("list") else { panic!("{:?}", reply("list")) };
    assert_eq!((layout.source(), until.source()), ("item:text ' ' more:dec1(no=0, yes=1)", "more == no"));
    assert_eq!(until.holds(|_| Some(name("no"))), Some(true));
}

#[test]
fn until_may_look_at_the_frame() {
    let protocol = parse(
        "name = \"x\"\nrequest.layout = \"body <CR>\"\nresponse.layout = \"last:u8(no=0, yes=1) body <CR>\"\n\
         [command.a]\nsend = \"'A'\"\nreply = \"n:dec\"\nuntil = \"last != 0\"",
    );
    let Reply::Until(_, until) = &command(&protocol, "a").reply else { panic!() };
    assert_eq!(until.holds(|_| Some(name("no"))), Some(false), "a name is also its number");
}

#[test]
fn verify_with_a_condition_needs_no_common_name() {
    let protocol = lines(
        r#"
        [command.on]
        send = "'ON'"
        effect = "idempotent"
        verify = { command = "state", when = "power != off" }
        [command.state]
        send = "'?'"
        reply = "power:dec1(off=0, on=1, cooling=2)"
        effect = "read"
        "#,
    );
    let verify = command(&protocol, "on").verify.as_ref().unwrap();
    assert_eq!(verify.when.as_ref().unwrap().source(), "power != off");
}

#[test]
fn an_answer_must_match_only_where_one_comes() {
    let protocol = frameless(
        r#"
        response.match = ["id"]
        [command.ask]
        send = "'A' id:u8"
        reply = "id:u8 <CR>"
        [command.tell]
        send = "'T'"
        reply = false
        "#,
    );
    assert_eq!(command(&protocol, "ask").responses[0].matches.len(), 1);
    assert!(command(&protocol, "tell").responses.is_empty());
}
