//! How fast stubs are written and read, by method and direction.

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dcerpc::ContextHandle;
use dcerpc::ndr::{Conformant, Format, WideString};
use dcerpc::{ByteOrder, TransferSyntax};
use mspan::method::{Field, FieldKind, FieldName, In, Out, field_names};
use mspan::{Hresult, Method, NotificationType};

/// Values of everyday size.
fn value(name: &FieldName) -> (&'static str, Field) {
    let value = match name.kind {
        FieldKind::Handle => Field::Handle(ContextHandle { attributes: 0, uuid: NotificationType::RELEASE.0 }),
        FieldKind::Handles => Field::Handles(Some(vec![ContextHandle::new(NotificationType::RELEASE.0); 2].into())),
        FieldKind::Number if name.values.is_empty() => Field::Number(640),
        FieldKind::Number => Field::Number(1),
        FieldKind::Type => Field::Type(Some(NotificationType::ASYNC_UI)),
        FieldKind::Octets => Field::Octets(Some(Conformant::from(Bytes::from(vec![0x20; 640])))),
        FieldKind::Text => Field::Text(Some(WideString::new("\\\\server\\printer"))),
        FieldKind::Status => Field::Status(Hresult::OK),
    };
    (name.name, value)
}

fn codec(c: &mut Criterion) {
    for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
        let format = Format::new(syntax, ByteOrder::Little);
        let mut group = c.benchmark_group(format!("{syntax:?}"));
        for method in Method::ALL {
            let (inputs, outputs) = field_names(method);
            let input = In::from_fields(method, inputs.iter().map(value)).unwrap_or_else(|_| In::new(method));
            let output = Out::from_fields(method, outputs.iter().map(value)).unwrap_or_else(|_| Out::new(method));
            let (asked, answered) = (input.encode(format), output.encode(format));
            group.throughput(Throughput::Bytes((asked.len() + answered.len()) as u64));
            group.bench_function(format!("{method}/encode"), |b| {
                b.iter(|| (input.encode(format), output.encode(format)));
            });
            group.bench_function(format!("{method}/decode"), |b| {
                b.iter(|| {
                    let input = In::decode(method, asked.clone(), format);
                    (input, Out::decode(method, answered.clone(), format))
                });
            });
        }
    }
}

criterion_group!(benches, codec);
criterion_main!(benches);
